//! JSON Schemas of the files that people edit, so that editors complete keys and
//! underline slips. They say what the shape is; what needs more than one place
//! (groups, templates, examples) only the check can tell.
//!
//! `tests/schemas.rs` holds them to what the loader takes.

use super::reason::Reason;
use serde_json::{Map, Value, json};

/// The kinds of files, in alphabetical order; a schema is `schemas/<kind>.json`.
pub const KINDS: [&str; 6] = ["associations", "calendar", "common", "contacts", "madoguchi", "topic"];

/// The schema of a kind of file.
pub fn schema(kind: &str) -> Option<Value> {
    let (title, mut root) = match kind {
        "associations" => ("rules/associations.toml", associations()),
        "calendar" => ("rules/calendar.toml", calendar()),
        "common" => ("rules/common.toml", common()),
        "contacts" => ("rules/contacts.toml", contacts()),
        "madoguchi" => ("madoguchi.toml", madoguchi()),
        "topic" => ("rules/<topic>.toml", topic()),
        _ => return None,
    };
    let fields = root.as_object_mut()?;
    fields.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    fields.insert("title".to_owned(), json!(title));
    if ["common", "topic"].contains(&kind) {
        fields.insert("definitions".to_owned(), json!({ "pattern": pattern(), "patterns": patterns() }));
    }
    Some(root)
}

/// A table with these keys and no others.
fn table(about: &str, required: &[&str], keys: Value) -> Value {
    let mut table = json!({ "type": "object", "additionalProperties": false, "properties": keys });
    if let Some(fields) = table.as_object_mut() {
        if !about.is_empty() {
            fields.insert("description".to_owned(), json!(about));
        }
        if !required.is_empty() {
            fields.insert("required".to_owned(), json!(required));
        }
    }
    table
}

/// A value with a description.
fn of(mut value: Value, about: &str) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.insert("description".to_owned(), json!(about));
    }
    value
}

fn text(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": about })
}

fn one_of(words: &[&str], about: &str) -> Value {
    json!({ "type": "string", "enum": words, "description": about })
}

fn list(of: Value, about: &str) -> Value {
    json!({ "type": "array", "items": of, "description": about })
}

fn bilingual(about: &str) -> Value {
    let half = |about| json!({ "type": "string", "minLength": 1, "description": about });
    table(about, &["ja", "en"], json!({ "ja": half("日本語 / Japanese"), "en": half("英語 / English") }))
}

/// TOML dates reach a schema as text.
fn date(about: &str) -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": about })
}

fn code(about: &str) -> Value {
    json!({ "type": "string", "pattern": "^(0[1-9]|[1-3][0-9]|4[0-7])$", "description": about })
}

fn phone() -> Value {
    json!({ "type": "string", "pattern": "^[-+() 0-9]{3,}$", "description": "半角の数字とハイフン / half-width digits and hyphens" })
}

fn website() -> Value {
    json!({ "type": "string", "pattern": "^https?://[!-~]+$", "description": "省略せずに / written whole" })
}

fn patterns() -> Value {
    list(json!({ "$ref": "#/definitions/pattern" }), "語の一覧 / a list of patterns")
}

/// A list of patterns where one is used.
fn reference() -> Value {
    json!({ "$ref": "#/definitions/patterns" })
}

fn pattern() -> Value {
    let except = of(reference(), "重なったら数えない言い回し / phrases that take a hit away");
    let parts = |about| of(reference(), about);
    let word = "`\"…\"` 語、`\"@…\"` グループ / a keyword, or `\"@group\"`";
    json!({
        "description": "語・グループ・表のどれか / a keyword, a group or a table",
        "anyOf": [
            text(word),
            table("除外のある語 / a keyword with exceptions", &["word"], json!({ "word": text("語 / the keyword"), "except": except })),
            table("正規表現 / a regular expression", &["re"], json!({ "re": text("正規表現 / the expression"), "except": except })),
            table(
                "近くに全部 / all of them near each other",
                &["all"],
                json!({
                    "all": parts("全部 / all of them"),
                    "within": { "type": "integer", "minimum": 1, "maximum": 500, "description": "文字数（省略すると 40） / characters, 40 if left out" },
                    "order": { "type": "boolean", "description": "この順に / in this order" },
                    "except": except,
                }),
            ),
            table("どれか / one of them", &["any"], json!({ "any": parts("どれか / one of them"), "except": except })),
        ],
    })
}

/// `ja`, `en`, `other`, and further keys.
fn words(about: &str, required: &[&str], more: Value) -> Value {
    let mut keys = Map::new();
    if let Value::Object(more) = more {
        keys.extend(more);
    }
    for (key, about) in [
        ("ja", "日本語の語 / Japanese words"),
        ("en", "英語の語 / English words"),
        ("other", "その他の言語の語 / words of other languages"),
    ] {
        keys.insert(key.to_owned(), of(reference(), about));
    }
    table(about, required, Value::Object(keys))
}

fn whys(about: &str) -> Value {
    let why = text("なぜ / why it is so");
    list(words(about, &["why"], json!({ "why": why })), about)
}

fn strong() -> Value {
    words("一つあれば足りる語 / one is enough", &[], json!({}))
}

fn weak() -> Value {
    words("二つ揃えば（件名なら一つで）足りる語 / two different ones, or one in the Subject", &[], json!({}))
}

fn examples() -> Value {
    let reasons: Vec<&str> = Reason::ALL.iter().map(|r| r.word()).collect();
    let expect = table(
        "期待する結果 / what it must lead to",
        &["topics"],
        json!({
            "topics": list(text("分野の名前 / a topic's name"), "分野（なければ []） / topics, [] for none"),
            "prefecture": { "type": "string", "pattern": "^(0[1-9]|[1-3][0-9]|4[0-7]|none)$", "description": "都道府県コード、または none / a code, or none" },
            "action": one_of(&["answer", "review", "ignore"], "どうするか / what is done"),
            "reason": one_of(&reasons, "理由 / the reason"),
            "language": { "type": "string", "pattern": "^[a-z]{2}$", "description": "言語コード / ISO 639-1" },
            "reply": text("返信のひな形、または none / the reply's template, or none"),
        }),
    );
    list(
        table(
            "例文 / an example",
            &["name", "expect"],
            json!({
                "name": text("ファイルの中で一つだけの名前 / a name, once in the file"),
                "subject": { "type": "string", "description": "件名 / Subject" },
                "body": { "type": "string", "description": "本文 / the text" },
                "from": { "type": "string", "description": "差出人 / From" },
                "expect": expect,
            }),
        ),
        "例文 / examples",
    )
}

fn topic() -> Value {
    table(
        "",
        &["title", "reply", "forward", "example"],
        json!({
            "title": bilingual("分野の名称 / what the topic is called"),
            "reply": text("返信のひな形 templates/reply/… / the reply's template"),
            "forward": one_of(&["association", "secretariat", "none"], "転送先 / who it is passed on to"),
            "strong": strong(),
            "weak": weak(),
            "asked": words("尋ねている文にあれば足りる語 / one is enough in a sentence that asks", &[], json!({})),
            "soft": words(
                "尋ねている文にあり、同じ問いにほかの分野の語がなければ足りる語 / enough in a sentence that asks about no other topic",
                &[],
                json!({}),
            ),
            "alone": words("ほかの分野が見つからないときに足りる語 / enough where no other topic is found", &[], json!({})),
            "against": whys("あればこの分野ではないとする語 / what cancels this topic"),
            "example": examples(),
        }),
    )
}

fn common() -> Value {
    let phrases = |about| list(text(about), about);
    let veto = table(
        "分野のない別の用件 / another kind of mail",
        &["reason", "why"],
        json!({
            "reason": one_of(
                &["sales-pitch", "press-request", "job-seeking", "it-support", "thanks-only", "wrong-office"],
                "何の用件か / what kind it is",
            ),
            "why": text("なぜ / why it is so"),
            "applies": one_of(&["always", "no-topic", "weak-topic"], "いつ働くか / when it works"),
            "strong": strong(),
            "weak": words("二つ揃えば足りる語 / two different ones", &[], json!({})),
            "unless": whys("あればこの除外を使わない語 / what switches it off"),
        }),
    );
    table(
        "",
        &[],
        json!({
            "groups": {
                "type": "object",
                "description": "共通の語。\"@名前\" で使う / shared words, used as \"@name\"",
                "additionalProperties": words("グループ / a group", &[], json!({})),
            },
            "asking": words(
                "尋ねている文を見分ける語 / words by which a sentence asks",
                &[],
                json!({ "clause": phrases("文節の区切り / where clauses part") }),
            ),
            "negation": table(
                "打ち消しの言い回し / phrases that negate",
                &[],
                json!({
                    "ja_after": phrases("語の後の日本語 / Japanese, after the word"),
                    "en_before": phrases("語の前の英語 / English, before the word"),
                    "en_after": phrases("語の後の英語 / English, after the word"),
                    "clause": list(json!({ "type": "string" }), "文の切れ目 / borders of a clause"),
                }),
            ),
            "veto": list(veto, "除外 / vetoes"),
            "example": examples(),
        }),
    )
}

fn associations() -> Value {
    let association = table(
        "社会保険労務士会 / an association",
        &["prefecture", "name"],
        json!({
            "prefecture": code("都道府県コード / JIS X 0401"),
            "email": text("転送先のアドレス一つ。未定なら省く / one address; left out while unknown"),
            "name": bilingual("名称 / its name"),
            "phone": phone(),
            "website": website(),
            "hours": bilingual("受付時間 / opening hours"),
            "face_to_face": one_of(&["yes", "no", "unknown"], "対面相談 / face-to-face consultation"),
            "places": list(text("地名 / a place"), "加える地名 / place names that belong here"),
            "not": list(text("地名 / a place"), "除く地名 / place names that do not"),
            "verified": date("最後に確認した日 / the day it was last checked"),
        }),
    );
    let mut all = list(association, "47 すべて、コード順 / all 47, in the order of the codes");
    if let Some(fields) = all.as_object_mut() {
        fields.insert("minItems".to_owned(), json!(47));
        fields.insert("maxItems".to_owned(), json!(47));
    }
    table("", &["association"], json!({ "association": all }))
}

fn contacts() -> Value {
    let contact = |required: &[&str]| {
        table(
            "窓口 / a desk",
            required,
            json!({
                "name": bilingual("名称 / its name"),
                "purpose": bilingual("何の窓口か / what it is for"),
                "phone": phone(),
                "website": website(),
                "hours": bilingual("受付時間 / opening hours"),
                "address": bilingual("所在地 / postal address"),
                "verified": date("最後に確認した日 / the day it was last checked"),
            }),
        )
    };
    json!({
        "type": "object",
        "required": ["secretariat", "navi-dial"],
        "properties": {
            "secretariat": contact(&["name", "purpose", "phone"]),
            "navi-dial": contact(&["name", "purpose", "phone"]),
        },
        "additionalProperties": contact(&["name", "purpose"]),
    })
}

fn calendar() -> Value {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let closed = table(
        "休み / closed days",
        &["from", "to"],
        json!({
            "from": date("最初の日 / the first day"),
            "to": date("最後の日 / the last day"),
            "why": bilingual("なぜ / why"),
        }),
    );
    table(
        "",
        &["open"],
        json!({
            "open": list(json!({ "type": "string", "enum": days }), "開いている曜日 / open days"),
            "hours": { "type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$", "description": "10:00-17:00" },
            "holidays": { "type": "boolean", "description": "祝日は休み / national holidays are closed" },
            "closed": list(closed, "休み / closures"),
        }),
    )
}

fn madoguchi() -> Value {
    let duration = |about| json!({ "type": "string", "pattern": "^[0-9]+[smhd]$", "description": about });
    let count = |about| json!({ "type": "integer", "minimum": 0, "description": about });
    let flag = |about| json!({ "type": "boolean", "description": about });
    let password = table(
        "パスワードの置き場所 / where the password lies",
        &[],
        json!({
            "file": text("ファイル / a file"),
            "env": text("環境変数 / an environment variable"),
            "credential": text("systemd credential"),
        }),
    );
    let folder = |about| table(about, &[], json!({ "path": text("フォルダー / the folder") }));
    table(
        "",
        &["secretariat"],
        json!({
            "secretariat": table("わたしたち / who we are", &["address"], json!({
                "address": text("返信の差出人 / From of every reply"),
                "aliases": list(text("アドレス / an address"), "ほかの受信アドレス / further addresses that are us"),
            })),
            "mailbox": table("受信箱 / the mailbox", &["url"], json!({
                "url": text("imaps://user@host:993/INBOX, imap://…, maildir:PATH"),
                "password": password,
                "ca": text("証明書 / certificates, PEM"),
                "first_run": text("new, all, 2026-11-01"),
                "poll": duration("見に行く間隔 / at most this long between looks"),
                "trusted_authserv": text("信頼する Authentication-Results / whose verdict is believed"),
            })),
            "outbound": table("送信 / the relay", &["url"], json!({
                "url": text("smtps://user@host:465, smtp://…, sendmail:, maildir:PATH"),
                "password": password,
                "ca": text("証明書 / certificates, PEM"),
                "reply_path": one_of(&["null", "address"], "返信の envelope sender / envelope sender of replies"),
            })),
            "ledger": table("台帳 / the ledger", &["url"], json!({ "url": text("sqlite:ledger.db") })),
            "rules": folder("規則 / rules"),
            "templates": folder("ひな形 / templates"),
            "forward": table("転送 / forwards", &[], json!({
                "mode": one_of(&["at-once", "on-consent", "off"], "いつ転送するか / when"),
            })),
            "reply": table("返信 / replies", &[], json!({
                "acknowledge": flag("分野がなくても受付を知らせる / acknowledge mail without a topic"),
            })),
            "limits": table("上限 / limits", &[], json!({
                "same_answer": duration("同じ案内を繰り返さない間 / the same answer once in this time"),
                "per_address_per_day": count("0 は上限なし / 0: no cap"),
                "per_domain_per_hour": count("0 は上限なし / 0: no cap"),
                "per_hour": count("0 は上限なし / 0: no cap"),
            })),
            "filing": table("整理 / filing", &[], json!({
                "sent": text("フォルダー / a folder"),
                "answered": text("フォルダー / a folder"),
                "review": text("フォルダー / a folder"),
                "automatic": text("フォルダー / a folder"),
                "sent_by": one_of(&["us", "server"], "送信済みに入れるのは / who files Sent"),
            })),
            "screen": table("差出人の確認 / screening", &[], json!({
                "verify": one_of(&["header", "dns", "off"], "確認の方法 / how the sender is checked"),
                "ban": list(text("アドレスか @ドメイン / an address or @domain"), "返信しない差出人 / senders that get no reply"),
            })),
            "web_form": list(table("問い合わせフォーム / a web form", &["from"], json!({ "from": text("差出人 / its From") })), "フォーム / web forms"),
            "console": table("管理画面 / console", &[], json!({ "listen": text("127.0.0.1:8025") })),
        }),
    )
}

//! The rule language as its editors meet it: what a pattern finds and what it
//! does not, negation, the spellings of a keyword, and what is said about a
//! file that cannot be used. One row a line; a row is a topic of its own in
//! one ruleset for all rows.

use madoguchi::core::address::Address;
use madoguchi::core::diagnostic::{Diagnostic, SourceFile};
use madoguchi::core::inquiry;
use madoguchi::core::plan::{self, History, Plan};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::{Files, Ruleset};
use madoguchi::shell::files;
use std::fmt::Write;

fn policy() -> Policy {
    Policy::new(Address::parse("desk@secretariat.example").unwrap())
}

/// The embedded files with other topics and another common.toml.
fn files_with(common: &str, topics: &[(String, String)]) -> Files {
    let mut files = files::embedded();
    let kept = ["rules/associations.toml", "rules/contacts.toml", "rules/calendar.toml"];
    files.rules.retain(|f| kept.contains(&&*f.name));
    if !common.is_empty() {
        files.rules.push(SourceFile::new("rules/common.toml", "rules/common.toml", common));
    }
    for (name, text) in topics {
        let name = format!("rules/{name}.toml");
        files.rules.push(SourceFile::new(&name, name.clone(), text.as_bytes()));
    }
    files
}

/// A complete topic around its lists of patterns.
fn topic(name: &str, lists: &str) -> String {
    format!(
        "title = {{ ja = \"題\", en = \"title\" }}\nreply = \"seminar\"\nforward = \"none\"\n{lists}\n\
         [[example]]\nname = \"it is\"\nbody = \"x\"\nexpect = {{ topics = [\"{name}\"] }}\n\
         [[example]]\nname = \"it is not\"\nbody = \"x\"\nexpect = {{ topics = [] }}\n"
    )
}

fn build(common: &str, topics: &[(String, String)]) -> Ruleset {
    match Ruleset::build(&files_with(common, topics), policy()) {
        Ok((ruleset, _)) => ruleset,
        Err(findings) => panic!("{:#?}", findings.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>()),
    }
}

fn decide(ruleset: &Ruleset, subject: &str, body: &str) -> Plan {
    let body = body.replace('\n', "\r\n");
    let raw = format!(
        "From: a@b.example\r\nTo: desk@secretariat.example\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    );
    plan::decide(ruleset, &inquiry::read(raw.as_bytes()), &History::default())
}

/// Lists of patterns (TOML), a text, and whether the topic is found in it.
type Row = (String, String, bool);

fn rows<const N: usize>(key: &str, rows: [(&str, &str, bool); N]) -> Vec<Row> {
    let row = |(patterns, text, found): (&str, &str, bool)| {
        (format!("[strong]\n{key} = [{patterns}]"), text.to_owned(), found)
    };
    rows.into_iter().map(row).collect()
}

fn check(common: &str, rows: &[Row]) {
    let name = |i: usize| format!("row-{i:03}");
    let topics: Vec<(String, String)> =
        rows.iter().enumerate().map(|(i, row)| (name(i), topic(&name(i), &row.0))).collect();
    let ruleset = build(common, &topics);
    let mut wrong = String::new();
    for (i, (lists, text, found)) in rows.iter().enumerate() {
        let (subject, body) =
            text.strip_prefix("Subject: ").map_or(("", text.as_str()), |t| t.split_once('\n').unwrap());
        let plan = decide(&ruleset, subject, body);
        if plan.topics.contains(&name(i)) != *found {
            let _ = writeln!(wrong, "{lists}\n  {text}\n  should {}be found", if *found { "" } else { "not " });
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn proximity_order_alternatives_and_exceptions() {
    let mut all = rows(
        "ja",
        [
            (r#""就業規則""#, "就業規則を見てほしい", true),
            (r#""就業規則""#, "就業の規則を見てほしい", false),
            (r#""就業規則""#, "就業　規則を見てほしい", true),
            (r#"{ all = ["自宅", "転倒"], within = 10 }"#, "自宅で仕事中に転倒", true),
            (r#"{ all = ["自宅", "転倒"], within = 10 }"#, "転倒しました、自宅で", true),
            (r#"{ all = ["自宅", "転倒"], within = 10 }"#, "自宅で会議に出ている最中に転倒", false),
            (r#"{ all = ["自宅", "転倒"], within = 40 }"#, "自宅です。\n\n転倒しました。", false),
            (r#"{ all = ["自宅", "転倒"], within = 40 }"#, "自宅です。\n転倒しました。", true),
            (r#"{ all = ["研修", "日程"], within = 12, order = true }"#, "研修会の日程", true),
            (r#"{ all = ["研修", "日程"], within = 12, order = true }"#, "日程と研修", false),
            (r#"{ all = ["研修", "研修会"], within = 20 }"#, "研修会", false),
            (r#"{ all = ["研修", "研修会"], within = 20 }"#, "研修会と研修", true),
            (r#"{ all = ["手当", { any = ["通信", "電気代"] }], within = 16 }"#, "電気代の手当", true),
            (r#"{ all = ["手当", { any = ["通信", "電気代"] }], within = 16 }"#, "住宅の手当", false),
            (r#"{ all = ["残業", { re = '[0-9]+時間' }], within = 16 }"#, "残業が４５時間になる", true),
            (r#"{ all = ["残業", { re = '[0-9]+時間' }], within = 16 }"#, "残業が長時間になる", false),
            (r#"{ word = "窓口", except = ["窓口業務"] }"#, "窓口業務の経験", false),
            (r#"{ word = "窓口", except = ["窓口業務"] }"#, "窓口業務ではなく相談の窓口", true),
            (r#"{ word = "受付", except = ["受付嬢"] }"#, "受け付け嬢の募集", false),
            (r#"{ all = ["相談", "予約"], within = 20, except = ["結婚相談"] }"#, "結婚相談の予約", false),
            (r#"{ all = ["相談", "予約"], within = 20, except = ["結婚相談"] }"#, "労務相談の予約", true),
            (r#"{ any = ["@event"], except = ["会社説明会"] }"#, "会社説明会に出ます", false),
            (r#"{ any = ["@event"], except = ["会社説明会"] }"#, "地域の説明会に出ます", true),
            (r#""@event""#, "地域の講習会", true),
            (r#"{ re = 'みなし労働(時間)?' }"#, "ミナシ労働の扱い", true),
            (r#"{ re = '裁量労働.{0,6}制' }"#, "裁量労働という制度", true),
            (r#"{ re = '裁量労働.{0,6}制' }"#, "裁量のある制度", false),
            // Katakana, width, case and line ends make no difference.
            (r#""テレワーク""#, "ﾃﾚﾜｰｸの規程", true),
            (r#""テレワーク""#, "テレ・ワークの規程", true),
            (r#""VPN接続""#, "ｖｐｎ接続の費用", true),
        ],
    );
    all.extend(rows(
        "en",
        [
            (r#""seminar""#, "Two seminars were held.", true),
            (r#""seminar""#, "The seminary is closed.", false),
            (r#""work rules""#, "Do our Work  Rules apply?", true),
            (r#""pay""#, "It was paid twice.", false),
            (r#"{ all = ["hurt", "home"], within = 20 }"#, "She was hurt at home.", true),
            (r#"{ all = ["hurt", "home"], within = 20 }"#, "Hurt feelings are not a matter for a home.", false),
            (r#"{ all = ["hurt", "home"], within = 20, order = true }"#, "At home I got hurt.", false),
            (r#"{ all = ["hurt", "home"], within = 60 }"#, "She was hurt.\n\nAt home.", false),
            (r#"{ word = "desk", except = ["desk lamp", "standing desk"] }"#, "Who pays for a standing desk?", false),
            (r#"{ word = "desk", except = ["desk lamp", "standing desk"] }"#, "Where is your desk?", true),
            (r#"{ all = ["@event", { re = '\b(when|what time)\b' }], within = 40 }"#, "When is the briefing?", true),
            (
                r#"{ all = ["@event", { re = '\b(when|what time)\b' }], within = 40 }"#,
                "Whenever a briefing ends",
                false,
            ),
            (r#"{ re = '\bhow (many|much)\b' }"#, "Somehow much better", false),
        ],
    ));
    let common = "[groups.event]\nja = [\"説明会\", \"講習会\"]\nen = [\"briefing\", \"seminar\"]\n";
    check(common, &all);
}

/// What is asked counts, what is only told does not, unless nothing is asked
/// of any topic; an `alone` word yields to all others.
#[test]
fn what_is_asked() {
    let common = "[asking]\nja = [\"ですか\", \"ください\"]\nen = [\"?\"]\nclause = [\"ましたが、\"]\n";
    let topics = [
        ("desk", "[asked]\nja = [\"窓口\"]\nen = [\"desk\"]\n[soft]\nja = [\"予約\"]"),
        ("event", "[asked]\nja = [\"講習会\"]\nen = [\"course\"]\n[soft]\nja = [\"資料\"]\nen = [\"register\"]"),
        ("work", "[asked]\nja = [\"残業\"]\nen = [\"overtime\"]\n[alone]\nja = [\"社員\"]"),
    ];
    let topics: Vec<(String, String)> = topics.iter().map(|(n, l)| ((*n).to_owned(), topic(n, l))).collect();
    let rows = [
        // In the clause that asks; what comes before it is told.
        ("", "講習会に出ました。残業は何時間までですか。", "work"),
        ("", "講習会で聞きましたが、残業は何時間までですか。", "work"),
        ("", "I was at the course. Is overtime paid?", "work"),
        // A question that names nothing is about the nearest thing told …
        ("", "講習会に出ました。残業が続いています。どうすればよいですか。", "work"),
        // … or about the list that follows, or about the subject.
        ("", "次の点を教えてください。\n1. 残業の上限\n2. 窓口の場所", "desk work"),
        ("残業", "どうすればよいですか。", "work"),
        // Of a list all items are asked once one is.
        ("", "1. 窓口の場所\n2. 講習会の日\n3. 残業は何時間までですか", "desk event work"),
        // Each question has its own matter.
        ("", "窓口はどこですか。講習会はいつですか。", "desk event"),
        // Where no question is about a topic, a mention counts.
        ("", "講習会に出ました。", "event"),
        ("", "社員がいます。これは何ですか。講習会に出ました。", "event"),
        // A word that counts alone: only beside no other topic, and only asked.
        ("", "社員が困っています。どうすればよいですか。", "work"),
        ("", "社員が伺います。窓口はどこですか。", "desk"),
        ("", "社員が伺います。", ""),
        // A soft word is enough in a question, unless that names another topic
        // clearly; another question does not matter, nor does what is told.
        ("", "資料をください。", "event"),
        ("", "窓口の資料をください。", "desk"),
        ("", "Must we register with a desk?", "desk"),
        ("", "窓口はどこですか。資料もください。", "desk event"),
        ("", "残業が続いています。資料をください。", "event"),
        ("", "講習会の資料をください。", "event"),
        ("", "予約の資料をください。", "desk event"),
        // What is told counts by its clear words first.
        ("", "残業が続いています。資料を見ました。どうすればよいですか。", "work"),
        ("", "資料を見ました。どうすればよいですか。", "event"),
        // Where nothing is asked, too.
        ("", "資料を見ました。講習会に出ました。予約をしました。", "event"),
        ("", "予約をしました。", "desk"),
        // Negated words are neither asked nor mentioned.
        ("", "残業ではありません。これは何ですか。", ""),
    ];
    let common = "[negation]\nja_after = [\"ではありません\"]\n".to_owned() + common;
    let ruleset = build(&common, &topics);
    for (subject, body, expected) in rows {
        let found = decide(&ruleset, subject, body).topics.join(" ");
        assert_eq!(found, expected, "{subject} / {body}");
    }
    let plan = decide(&ruleset, "", "講習会で聞きましたが、残業は何時間までですか。");
    let near = plan.near.iter().find(|n| n.topic == "event").map(|n| n.why);
    assert_eq!(near, Some(madoguchi::core::rules::NearWhy::Mentioned));
}

/// Strength, the subject, and what cancels.
#[test]
fn strong_weak_and_against() {
    let weak = "[weak]\nja = [\"残業\", \"賃金\"]\nen = [\"overtime\", \"wage\"]";
    let against = "[strong]\nja = [\"残業\"]\n[[against]]\nwhy = \"sales\"\nja = [\"弊社の商品\"]";
    let row = |lists: &str, text: &str, found| (lists.to_owned(), text.to_owned(), found);
    check(
        "",
        &[
            row(weak, "残業について", false),
            row(weak, "残業と残業について", false),
            row(weak, "残業と賃金について", true),
            row(weak, "Subject: 残業\nよろしくお願いします", true),
            row(weak, "Subject: hello\nThe overtime of our staff.", false),
            row(weak, "The overtime wages of our staff.", true),
            row(against, "残業の件", true),
            row(against, "残業を減らす弊社の商品です", false),
            // Quoted words and signatures are no evidence.
            row(weak, "はい。\n\n> 残業と賃金について", false),
            row(weak, "よろしくお願いします。\n--\n残業賃金研究所 北野\n", false),
            // Forms of one word are one word, as are its spellings.
            row("[weak]\nja = [\"問い合わせ\", \"受付\"]", "問合せとお問い合せです", false),
            row("[weak]\nja = [\"問い合わせ\", \"受付\"]", "問合せの受け付けです", true),
        ],
    );
}

const NEGATION: &str = r#"
[negation]
ja_after  = ["ではありません", "ではなく", "じゃなくて", "は済みました", "は不要", "は必要ありません", "とは関係"]
en_before = ["not about", "no need for", "instead of", "do not need", "not asking for", "nothing to do with"]
en_after  = ["is settled", "has been resolved", "is not needed"]
clause    = ["ですが、"]
"#;

#[test]
fn negation_is_scoped_to_its_clause() {
    let word = |key: &str, word: &str| format!("[strong]\n{key} = [\"{word}\"]");
    let mut all: Vec<Row> = Vec::new();
    for (text, found) in [
        ("セミナーの件ではありません。", false),
        ("セミナーのお問い合わせではありません。", false),
        ("今回はセミナーについてではなく、窓口の場所を伺いたいです。", false),
        ("セミナーじゃなくて窓口のことです。", false),
        ("セミナーの申し込みは済みました。", false),
        ("セミナーの案内は不要です。", false),
        ("セミナーの資料は必要ありません。", false),
        ("セミナーや相談会の件ではなく、規則の相談です。", false),
        ("セミナー、相談会の件ではありません。", false),
        ("セミナーとは関係のない質問です。", false),
        ("セミナーの　件では　ありません。", false),
        ("ｾﾐﾅｰの件ではありません。", false),
        ("セミナーに参加したいわけではありません。", false),
        // Another clause, another sentence, another word.
        ("窓口の件ではありません。セミナーに申し込みます。", true),
        ("窓口の件ではなく、セミナーの件です。", true),
        ("セミナーに申し込みたいですが、窓口の件ではありません。", true),
        ("セミナーに申し込みます。窓口の件ではありません。", true),
        ("セミナーだけではなく、窓口のことも教えてください。", true),
        ("セミナーに参加します。資料は不要です。", true),
        // Asked or reported, not said.
        ("セミナーの予約は不要ですか。", true),
        ("セミナーの予約は不要でしょうか。", true),
        ("セミナーの予約は不要と聞きましたが、本当ですか。", true),
        // Once negated, once meant.
        ("前回のセミナーの件ではありません。次のセミナーはいつですか。", true),
    ] {
        all.push((word("ja", "セミナー"), text.to_owned(), found));
    }
    for (text, found) in [
        ("This is not about the seminar.", false),
        ("It's not about your next online seminar at all.", false),
        ("There is no need for a seminar.", false),
        ("Instead of a seminar we want the phone number.", false),
        ("We do not need the seminar.", false),
        ("We don't need the seminar.", false),
        ("We dont need the seminar.", false),
        ("I am not asking for a workshop, a talk or a seminar.", false),
        ("It is not about the desk, the seminar or the rules.", false),
        ("It is not about the desk, a seminar or a talk would be nice.", true),
        ("My question has nothing to do with the seminar.", false),
        ("The seminar question is settled.", false),
        ("The seminar booking has been resolved, thank you.", false),
        ("A seminar isn't needed.", false),
        ("This is not about the desk. When is the seminar?", true),
        ("This is not about the desk but the seminar.", true),
        ("This is not about the desk, we want to join the seminar.", true),
        ("When is the seminar? It is not about the desk.", true),
        ("Is there no need for booking the seminar?", true),
        ("Please tell us whether we do not need the seminar.", true),
        ("Once the seminar is settled, what do we bring?", true),
        ("The seminar is nice; the desk question is settled.", true),
    ] {
        all.push((word("en", "seminar"), text.to_owned(), found));
    }
    check(NEGATION, &all);
}

#[test]
fn a_pattern_needs_words_that_are_not_negated() {
    let near = r#"[strong]
ja = [{ all = ["窓口", { any = ["電話", "予約"] }], within = 40 }]
en = [{ all = ["desk", { any = ["phone", "book"] }], within = 60 }]"#;
    let except = r#"[strong]
ja = [{ all = ["就業規則", "相談"], within = 60, except = ["セミナー"] }]"#;
    let row = |lists: &str, text: &str, found| (lists.to_owned(), text.to_owned(), found);
    check(
        NEGATION,
        &[
            row(near, "窓口の電話を教えてください。", true),
            row(near, "窓口の件ではありません。電話をください。", false),
            row(near, "窓口の件ではありません。電話の窓口を予約したい。", true),
            row(near, "電話で、窓口の件ではなく規則の話をしたい。", false),
            row(near, "窓口に伺います。電話は不要です。", false),
            row(near, "Please send the phone number of the desk.", true),
            row(near, "This is not about the desk. Phone me about wages.", false),
            row(near, "Instead of a phone call I would like to visit your desk.", false),
            row(near, "Instead of a phone call I would like to book the desk.", true),
            // Nor does a negated word take anything away.
            row(except, "就業規則のセミナーの相談です。", false),
            row(except, "就業規則を作ります。セミナーの件ではなく、その相談です。", true),
        ],
    );
}

#[test]
fn a_negated_keyword_is_reported_as_nearly_found() {
    let lists = "[strong]\nja = [\"セミナー\"]".to_owned();
    let ruleset = build(NEGATION, &[("event".to_owned(), topic("event", &lists))]);
    let plan = decide(&ruleset, "", "セミナーの件ではありません。");
    assert!(plan.topics.is_empty() && plan.evidence.is_empty());
    assert_eq!(plan.near.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["セミナー"]);
}

/// A keyword as written in a file, and texts that it is found in.
#[test]
fn a_keyword_is_found_in_all_its_spellings() {
    let japanese: &[(&str, &[&str])] = &[
        ("問い合わせ", &["問合せ", "問合わせ", "問い合せ", "お問合わせ", "といあわせ", "問いあわせ先"]),
        ("問合せ", &["お問い合わせ", "問合わせ"]),
        ("お問い合わせ窓口", &["お問合せ窓口", "御問い合わせ窓口"]),
        ("申し込み", &["申込", "申込み", "申しこみ", "申込書"]),
        ("申込", &["申し込み", "申込み", "申し込みたい", "申し込む"]),
        ("参加申込", &["参加申し込み", "参加 申込み"]),
        ("受付", &["受け付け", "受付け", "受け付けて"]),
        ("受け付け時間", &["受付時間"]),
        ("打合せ", &["打ち合わせ", "打合わせ", "打ち合せ"]),
        ("取扱い", &["取り扱い", "取扱"]),
        ("取り消し", &["取消", "取消し"]),
        ("手続", &["手続き", "お手続き"]),
        ("手続き", &["手続"]),
        ("割増賃金", &["割り増し賃金", "割増し賃金"]),
        ("振替休日", &["振り替え休日", "振替え休日"]),
        ("引き継ぎ", &["引継ぎ", "引継"]),
        ("締め切り", &["締切", "〆切", "締切り"]),
        ("見積もり", &["見積", "お見積り"]),
        ("支払い", &["支払"]),
        ("届け出", &["届出"]),
        ("中抜け", &["中ぬけ"]),
        ("働き方", &["はたらき方", "働きかた"]),
        ("雇い止め", &["雇止め"]),
        ("36協定", &["３６協定", "三六協定", "３６ 協定", "サブロク協定"]),
        ("三六協定", &["36協定", "さぶろく協定"]),
        ("６か月", &["６ヶ月", "6カ月", "六ヶ月は別ですが6箇月"]),
        ("子ども", &["子供", "こども"]),
        ("障害者雇用", &["障がい者雇用"]),
        ("けが", &["怪我", "ケガ"]),
        ("教えてほしい", &["教えて欲しい", "おしえてほしい"]),
        ("分からない", &["わからない", "判らない"]),
        ("できない", &["出来ない"]),
        ("最寄りの窓口", &["最寄の窓口"]),
        ("ユーザー", &["ユーザ", "ﾕｰｻﾞｰ"]),
        ("センター長", &["センタ長"]),
        ("ヴァーチャル", &["バーチャル"]),
        ("ウェブ会議", &["WEB会議", "Ｗｅｂ 会議", "ウエブ会議"]),
        ("Zoom会議", &["zoom 会議", "ＺＯＯＭ会議"]),
        ("eラーニング", &["e-ラーニング", "Ｅラーニング", "イーラーニング"]),
        ("ナビダイヤル", &["ナビダイアル"]),
        ("サテライトオフィス", &["サテライト・オフィス"]),
        ("御礼", &["お礼"]),
    ];
    let english: &[(&str, &[&str])] = &[
        ("labor management", &["labour management", "Labour-management", "labor-management"]),
        ("labour law", &["labor law"]),
        ("organisation", &["organization", "organizations"]),
        ("organize", &["organise", "organised", "organising", "organizing"]),
        ("supervise", &["supervised", "supervising"]),
        ("program", &["programme", "programmes"]),
        ("training centre", &["training center"]),
        ("enrolment", &["enrollment"]),
        ("inquiry", &["enquiry", "inquiries", "enquiries"]),
        ("licence", &["license"]),
        ("telework", &["tele-work", "tele work", "teleworking"]),
        ("tele-working", &["teleworking"]),
        ("coworking", &["co-working", "co working"]),
        ("co-worker", &["coworkers"]),
        ("part-time", &["part time", "parttime"]),
        ("part-time staff", &["part time staff"]),
        ("home office", &["home-office", "home offices"]),
        ("email", &["e-mail", "e-mails"]),
        ("work-life balance", &["work life balance"]),
        ("overtime", &["over-time", "over time"]),
        ("subsidy", &["subsidies"]),
        ("commute", &["commuting", "commuted"]),
        ("workers' compensation", &["workers compensation"]),
        ("do not pay", &["don't pay", "dont pay"]),
    ];
    let mut all = Vec::new();
    for (key, table) in [("ja", japanese), ("en", english)] {
        for (keyword, texts) in table {
            let lists = format!("[strong]\n{key} = [\"{keyword}\"]");
            all.extend(std::iter::once(keyword).chain(*texts).map(|text| (lists.clone(), (*text).to_owned(), true)));
        }
    }
    for (key, keyword, text) in [
        ("ja", "怪我", "申し込んだだけが取り柄"),
        ("ja", "火傷", "そうやけど、どないしよう"),
        ("ja", "組合せ", "労働組合に入る"),
        ("ja", "人事", "それは人ことです"),
        ("ja", "36協定", "136協定書"),
        ("ja", "最寄り", "これもより良い"),
        ("en", "labor", "elaborate"),
        ("en", "enrol", "unenrolled"),
        ("en", "advise", "advize"),
        ("en", "on the clock", "on-the-clock"),
        // The spellings of Japanese are not those of Chinese.
        ("other", "三六协定", "36协定"),
    ] {
        all.push((format!("[strong]\n{key} = [\"{keyword}\"]"), text.to_owned(), false));
    }
    check("", &all);
}

#[test]
fn a_keyword_in_another_spelling_is_reported_as_the_keyword_in_the_file() {
    let lists = "[strong]\nja = [\"参加申込\"]";
    let ruleset = build("", &[("event".to_owned(), topic("event", lists))]);
    let plan = decide(&ruleset, "", "次回の参加申し込みについて");
    let evidence: Vec<String> = plan.evidence.iter().map(|e| format!("{} {}", e.text, e.source)).collect();
    assert_eq!(evidence, ["参加申し込み rules/event.toml:5:7"]);
}

/// What is found in a ruleset whose topic `it` is this file: code and place.
fn findings(common: &str, file: &[u8]) -> Vec<String> {
    let mut files = files_with(common, &[]);
    files.rules.push(SourceFile::new("rules/it.toml", "it.toml", file));
    let found = match Ruleset::build(&files, policy()) {
        Ok((_, warnings)) => warnings,
        Err(findings) => findings,
    };
    let of_rules = found.into_iter().filter(|f| f.file == "it.toml" || f.file == "rules/common.toml");
    of_rules.map(|f| format!("{} {}:{}:{}", f.code, f.file, f.line, f.column)).collect()
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let good = topic("it", "[strong]\nja = [\"就業規則\"]");
    let with = |patterns: &str| topic("it", &format!("[strong]\nja = [{patterns}]"));
    let sjis = encoding_rs::SHIFT_JIS.encode(&good).0.into_owned();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(good.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing wrong", good.clone().into(), &[]),
        ("windows line ends", good.replace('\n', "\r\n").into(), &[]),
        ("empty", Vec::new(), &["empty-file it.toml:1:1"]),
        ("blank lines and a remark", b"\n# later\n\n".to_vec(), &["empty-file it.toml:1:1"]),
        ("byte order mark", format!("\u{feff}{good}").into(), &["encoding it.toml:1:1"]),
        ("Shift_JIS", sjis, &["encoding it.toml:1:17"]),
        ("UTF-16", utf16, &["encoding it.toml:1:1"]),
        ("NUL at the end", format!("{good}\0\0").into(), &["syntax it.toml:14:3"]),
        ("half written", good[..good.find("forward").unwrap() + 4].into(), &["syntax it.toml:3:5"]),
        (
            "slip in a key, windows line ends",
            good.replace("forward", "forwrd").replace('\n', "\r\n").into(),
            &["unknown-key it.toml:3:1"],
        ),
        (
            "regex of 10,000 characters",
            with(&format!("{{ re = '{}' }}", "あ".repeat(10_000))).into(),
            &["bad-pattern it.toml:5:14"],
        ),
        ("regex that explodes", with("{ re = '((a{90}){90}){90}x' }").into(), &["bad-pattern it.toml:5:14"]),
        ("regex that finds everything", with("{ re = '(残業)*' }").into(), &["bad-pattern it.toml:5:14"]),
        (
            "keyword of 100,000 characters",
            with(&format!("\"{}\"", "規".repeat(100_000))).into(),
            &["long-keyword it.toml:5:7"],
        ),
        (
            "no such group",
            with("\"@evnt\", { all = [\"@x\", \"残業\"] }").into(),
            &["unused-group rules/common.toml:1:9", "unknown-group it.toml:5:7", "unknown-group it.toml:5:25"],
        ),
        ("group without words in the language", with("\"@event\"").into(), &["empty-group it.toml:5:7"]),
        (
            "no such topic and no such reply",
            good.replace("topics = []", "topics = [\"its\"]").replace("\"seminar\"", "\"semnar\"").into(),
            &["missing-template it.toml:2:9", "unknown-topic it.toml:13:22"],
        ),
        ("a table twice", format!("{good}[strong]\nen = [\"rules\"]\n").into(), &["duplicate-key it.toml:14:2"]),
        ("an example twice", good.replace("it is not", "it is").into(), &["duplicate-example it.toml:11:8"]),
        ("only positive examples", good.replace("[]", "[\"it\"]").into(), &["missing-example it.toml:1:1"]),
        (
            "keywords that say nothing",
            with("\"\", \"　\", \"あ\", \"x\", 3, {}, { all = [\"残業\"] }").into(),
            &[
                "empty-keyword it.toml:5:7",
                "empty-keyword it.toml:5:11",
                "short-keyword it.toml:5:16",
                "short-keyword it.toml:5:21",
                "wrong-type it.toml:5:26",
                "bad-pattern it.toml:5:29",
                "bad-pattern it.toml:5:33",
            ],
        ),
        ("one keyword in two spellings", with("\"申し込み\", \"申込み\"").into(), &["shadowed it.toml:5:15"]),
    ];
    let common = "[groups.event]\nen = [\"seminar\"]\n";
    for (name, file, expected) in cases {
        let uses = String::from_utf8_lossy(&file).contains("@ev");
        let found = findings(if uses { common } else { "" }, &file);
        let mut expected: Vec<String> = expected.iter().map(|e| (*e).to_owned()).collect();
        let mut got = found.clone();
        expected.sort();
        got.sort();
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn groups_that_come_back_to_themselves_are_all_named() {
    let common = "[groups.a]\nja = [\"@b\"]\n[groups.b]\nja = [\"@c\"]\n[groups.c]\nja = [\"@a\", \"残業\"]\n\
                  [groups.d]\nja = [\"@d\"]\n[groups.e]\nja = [\"賃金\"]\n";
    let found = findings(common, topic("it", "[strong]\nja = [\"@a\", \"@e\"]").as_bytes());
    let cycle = |line| format!("group-cycle rules/common.toml:{line}:9");
    assert_eq!(found, [cycle(1), cycle(3), cycle(5), cycle(7)]);
}

#[test]
fn a_file_twice_is_told_by_name_and_by_content() {
    let good = topic("it", "[strong]\nja = [\"就業規則\"]");
    let codes = |topics: &[(&str, &str)]| {
        let topics: Vec<_> = topics.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
        let found = Ruleset::build(&files_with("", &topics), policy()).err().unwrap_or_default();
        let errors = found.into_iter().filter(|f| f.code == "duplicate-file");
        errors.map(|f| f.message.en).collect::<Vec<_>>()
    };
    assert_eq!(codes(&[("it", &good), ("it", &good.replace("題", "別"))]), ["`rules/it.toml` is given twice"]);
    assert_eq!(codes(&[("it", &good), ("it-old", &good)]), ["`rules/it-old.toml` holds the same as `rules/it.toml`"]);
    assert_eq!(codes(&[("it", &good), ("other", &good.replace("it", "other"))]), [""; 0]);
}

#[test]
fn fifty_thousand_keywords_are_a_ruleset_like_any_other() {
    let kanji: Vec<char> = "労務管理残業在宅規則相談窓口会議費用負担通信機器健康診断評価制度届出受付".chars().collect();
    let n = kanji.len();
    let word = |i: usize| -> String { [i % n, i / n % n, i / n / n % n, i % 7].iter().map(|k| kanji[*k]).collect() };
    let list: String = (0..50_000).map(|i| format!("\"{}\",\n", word(i))).collect();
    let ruleset = build("", &[("it".to_owned(), topic("it", &format!("[strong]\nja = [{list}]")))]);
    assert_eq!(ruleset.rules.keywords().len(), 50_000);
    assert!(ruleset.lexicon.heap_bytes() < 16 << 20, "{} bytes", ruleset.lexicon.heap_bytes());
    let plan = decide(&ruleset, "", &format!("これは{}のことです。", word(31_415)));
    assert_eq!(plan.topics, ["it"]);
    assert_eq!(plan.evidence[0].source.line, 5 + 31_415);
}

//! Hostile and automatic mail: every message gets the verdict it is labelled
//! with, none breaks anything, each is decided within two seconds and 200 MiB,
//! and nothing of it reaches a terminal that could do harm there. The messages
//! are made here, the big ones too; none is kept as a file.

#![allow(clippy::unwrap_used)]

mod program;

use madoguchi::core::address::Address;
use madoguchi::core::inquiry;
use madoguchi::core::plan::{self, Action, History};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::Ruleset;
use madoguchi::shell::files;
use std::fmt::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const US: &str = "jimukyoku@teleworksupport.example";

/// What a careful reader would decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Ignore,
    Answer,
    Review,
    /// A person's: answered, or looked at by a person.
    Person,
}
use Label::{Answer, Ignore, Person, Review};

impl Label {
    fn fits(self, action: &str) -> bool {
        match self {
            Ignore => action == "ignore",
            Answer => action == "answer",
            Review => action == "review",
            Person => action != "ignore",
        }
    }
}

struct Case {
    name: String,
    label: Label,
    /// Made when it is its turn.
    raw: Box<dyn Fn() -> Vec<u8>>,
}

const QUESTION: &str = "36協定の届出について教えてください。\r\n東京都港区 会社員\r\n";

fn mail(fields: &str, body: &[u8]) -> Vec<u8> {
    let mut raw = String::new();
    let usual = [
        ("From", "Sato <sato@company.example>"),
        ("To", US),
        ("Subject", "question"),
        ("Message-ID", "<1@company.example>"),
        ("Date", "Wed, 25 Nov 2026 10:00:00 +0900"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
    ];
    for (name, value) in usual {
        let start = format!("{}:", name.to_ascii_lowercase());
        if !fields.lines().any(|line| line.to_ascii_lowercase().starts_with(&start)) {
            let _ = write!(raw, "{name}: {value}\r\n");
        }
    }
    for line in fields.lines() {
        raw.push_str(line);
        raw.push_str("\r\n");
    }
    [raw.as_bytes(), b"\r\n", body].concat()
}

/// Subjects as encoded-words, as a mail program would write them.
fn subject(text: &str) -> String {
    format!("=?utf-8?B?{}?=", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text))
}

/// Absences: language, subject, body.
const ABSENCES: &[(&str, &str, &str)] = &[
    ("ja", "自動返信：窓口について", "ただいま不在にしております。12月7日以降にご連絡いたします。"),
    ("en", "Automatic reply: desk", "I am out of the office until 7 December with limited access to e-mail."),
    ("de", "Automatische Antwort: Anfrage", "Ich bin im Urlaub und bin nicht erreichbar. Ich bin ab 7.12. wieder da."),
    ("fr", "Réponse automatique : demande", "Je suis absent du bureau, de retour le 7 décembre."),
    ("zh", "自动回复：咨询", "您好，我正在休假，暂时无法回复邮件，12月7日回来后答复。"),
    ("ko", "부재중 자동 응답", "현재 휴가 중이며 12월 7일에 돌아와서 회신드리겠습니다."),
    ("es", "Respuesta automática: consulta", "Estoy fuera de la oficina hasta el 7 de diciembre."),
    ("pt", "Resposta automática: consulta", "Estou de férias e fora do escritório até 7 de dezembro."),
];

const BOUNCES: &[(&str, &str, &str)] = &[
    ("ja", "配信エラーのお知らせ", "次の宛先に配信できませんでした。宛先のメールアドレスが存在しません。"),
    (
        "en",
        "Undelivered Mail Returned to Sender",
        "The following address could not be delivered: 550 5.1.1 user unknown",
    ),
    ("de", "Unzustellbar: Antwort", "Ihre Nachricht konnte nicht zugestellt werden. Unbekannter Empfänger."),
    ("fr", "Échec de la remise : réponse", "Le message n'a pas pu être remis. Destinataire inconnu."),
    ("zh", "系统退信", "您的邮件无法投递，收件人不存在。"),
    ("ko", "반송됨: 답변", "메일이 전달되지 않았습니다. 존재하지 않는 주소입니다."),
    ("es", "No entregado: respuesta", "El mensaje no se pudo entregar: destinatario desconocido."),
    ("pt", "Falha na entrega: resposta", "Não foi possível entregar a mensagem: destinatário desconhecido."),
];

/// Receipts of forms and desks.
const RECEIPTS: &[(&str, &str, &str)] = &[
    (
        "ja",
        "お問い合わせを受け付けました",
        "お問い合わせいただきありがとうございます。担当者より3営業日以内にご連絡いたします。",
    ),
    (
        "en",
        "Your request has been received",
        "Thank you for contacting us. Your ticket number is 4711. We will get back to you shortly.",
    ),
    (
        "de",
        "Eingangsbestätigung Ihrer Anfrage",
        "Vielen Dank für Ihre Anfrage. Vorgangsnummer 4711. Wir antworten schnellstmöglich.",
    ),
    (
        "fr",
        "Accusé de réception",
        "Nous avons bien reçu votre demande. Numéro de dossier 4711. Réponse dans les plus brefs délais.",
    ),
    ("zh", "我们已收到您的咨询（通知）", "我们已收到您的来信，工单号 4711，将在两个工作日内答复。"),
    ("ko", "접수 알림", "문의해 주셔서 감사합니다. 접수번호 4711. 2영업일 이내에 답변드립니다."),
    (
        "es",
        "Hemos recibido su consulta",
        "Hemos recibido su consulta. Número de caso 4711. Responderemos lo antes posible.",
    ),
    (
        "pt",
        "Recebemos a sua mensagem",
        "Recebemos a sua mensagem. Número de protocolo 4711. Resposta em dois dias úteis.",
    ),
];

/// What says of itself that a program sent it.
const DECLARED: &[(&str, &str, &str)] = &[
    (
        "ja",
        "会議室予約の変更",
        "会議室の予約が変更されました。\r\n※本メールは送信専用です。返信いただいてもお答えできません。",
    ),
    ("en", "Room change", "The room was changed.\r\nThis is an automated message, please do not reply."),
    ("de", "Raumwechsel", "Der Raum hat sich geändert.\r\nDiese E-Mail wurde automatisch erstellt."),
    ("fr", "Salle", "La salle a changé.\r\nCeci est un message automatique, merci de ne pas répondre."),
    ("zh", "会议室", "会议室已更改。\r\n此邮件由系统自动发送，请勿回复。"),
    ("ko", "회의실", "회의실이 변경되었습니다.\r\n본 메일은 발신 전용 메일입니다."),
    ("es", "Sala", "La sala ha cambiado.\r\nEste mensaje ha sido generado automáticamente."),
    ("pt", "Sala", "A sala mudou.\r\nEsta é uma mensagem automática, por favor, não responda."),
];

/// People who write about such things.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("ja", "自動返信の件", "休暇中の社員に届くメールの自動返信を、就業規則で義務にできますか。"),
    ("ja", "配信エラー", "貴事務局への申込メールが配信エラーで戻りました。正しい宛先を教えてください。"),
    ("ja", "不在のため", "担当者が不在のため、相談会の日程を変更したいのですが。"),
    ("ja", "受付番号", "お問い合わせを受け付けましたという案内に受付番号がありません。確認できますか。"),
    ("ja", "送信専用アドレス", "送信専用アドレスから届いた通知に返信してしまいました。どうすればよいでしょうか。"),
    ("ja", "転送: 配信エラー", "下記のエラーが出ました。ご確認ください。\r\n550 5.1.1 user unknown"),
    ("en", "Fwd: Undelivered Mail", "Please see below. 550 user unknown"),
    ("en", "Out of office rules", "May we require staff on leave to set an automatic reply?"),
    ("en", "automated messages", "Our system sends automated messages at night. Is reading them overtime?"),
    ("de", "Abwesenheit", "Müssen wir eine Abwesenheit während der Telearbeit melden?"),
    ("fr", "absence", "Pourriez-vous nous dire comment compter une absence en télétravail ?"),
    ("zh", "退信", "请问我们的申请邮件为什么被退信？"),
    ("ko", "자동 응답", "휴가 중인 직원에게 자동 응답을 요구할 수 있나요?"),
    ("es", "ausencia", "¿Podría decirnos cómo se cuenta una ausencia en el teletrabajo?"),
    ("pt", "férias", "Poderia nos dizer como contar as férias no teletrabalho?"),
];

/// Japanese notices without a field that tells: sender, subject, body.
const NOTICES: &[(&str, &str, &str)] = &[
    (
        "勤怠システム通知 <kintai@saas.example>",
        "[通知] 残業時間の上限",
        "上限に近づいた社員がいます。本メールは自動配信しています。",
    ),
    (
        "請求担当 <billing@saas.example>",
        "11月分請求書発行のお知らせ",
        "請求書番号 8812 を発行しました。このメールは送信専用です。",
    ),
    ("求人案内 <kyujin@jobs.example>", "新着求人のお知らせ", "在宅勤務の求人が12件あります。配信停止はこちら"),
    (
        "セミナー受付 <uketsuke@seminar.example>",
        "【申込完了】テレワークセミナー",
        "お申し込みありがとうございます。下記の内容で承りました。予約番号 55",
    ),
    (
        "会員サービス <member@site.example>",
        "パスワード再設定のご案内",
        "認証コード 118204\r\nこのメールに返信いただいても回答できません。",
    ),
    (
        "クラウド保管 <drive@store.example>",
        "ファイルが共有されました",
        "「就業規則案」が共有されました。\r\nこのメールはシステムより自動的に送信されています。",
    ),
    ("予約システム <yoyaku@hall.example>", "予約確認メール", "会議室の予約が確定しました。自動送信されています。"),
    (
        "配送 <haiso@carrier.example>",
        "発送完了のお知らせ",
        "ご注文いただきありがとうございます。伝票番号 4410\r\n※このメールは送信専用のため返信できません。",
    ),
    (
        "図書館 <tosho@library.example>",
        "返却期限のお知らせ",
        "返却期限は12月1日です。本メールへの返信はご遠慮ください。ご返信いただいてもお答えできません。",
    ),
    ("監視 <zabbix@server.example>", "障害アラート", "サーバーの応答が遅れています。このメールは自動送信です。"),
    (
        "労務だより <tayori@media.example>",
        "労務だより 12月号",
        "テレワークの残業、どう数えますか？\r\n配信停止はこちら\r\nバックナンバー",
    ),
    ("メルマガ <mm@media.example>", "今週の労務 vol. 8", "今号の特集は在宅勤務手当。登録解除はこちら"),
    (
        "アンケート事務局 <anketo@survey.example>",
        "ご回答ありがとうございました",
        "ご回答いただきありがとうございました。受付番号 71\r\n本メールは自動返信メールです。",
    ),
    (
        "健診予約 <kenshin@clinic.example>",
        "健康診断の予約が完了しました",
        "予約が完了しました。予約番号 A-12\r\nこのメールアドレスは送信専用です。",
    ),
    (
        "FAX受信 <fax@office.example>",
        "FAXを受信しました（通知）",
        "複合機が受信しました。このメールは自動的に生成して送信しています。",
    ),
];

fn automatic() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, label: Label, fields: String, body: &str| {
        let body = body.to_owned();
        cases.push(Case { name, label, raw: Box::new(move || mail(&fields, body.as_bytes())) });
    };
    for (kind, rows) in [("absence", ABSENCES), ("bounce", BOUNCES), ("receipt", RECEIPTS), ("declared", DECLARED)] {
        for (language, title, body) in rows {
            let title = subject(title);
            add(format!("{kind}-{language}"), Ignore, format!("Subject: {title}"), body);
            let marked = match kind {
                "bounce" => "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example",
                "absence" => "Auto-Submitted: auto-replied (vacation)",
                "receipt" => "X-Auto-Response-Suppress: All",
                _ => "Precedence: bulk",
            };
            add(format!("{kind}-{language}-marked"), Ignore, format!("{marked}\nSubject: {title}"), body);
        }
    }
    for (at, (language, title, body)) in PEOPLE.iter().enumerate() {
        add(format!("person-{at}-{language}"), Person, format!("Subject: {}", subject(title)), body);
    }
    for (at, (from, title, body)) in NOTICES.iter().enumerate() {
        let (name, address) = from.split_once(" <").unwrap();
        let fields = format!("From: {} <{address}\nSubject: {}", subject(name), subject(title));
        add(format!("notice-{at}"), Ignore, fields, body);
    }
    let report = |kind: &str| format!("Content-Type: multipart/report; report-type={kind}; boundary=x");
    for kind in ["delivery-status", "disposition-notification", "feedback-report", "tlsrpt"] {
        add(format!("report-{kind}"), Ignore, report(kind), "--x\r\n\r\n36協定\r\n--x--\r\n");
    }
    for (name, field) in [
        ("list-id", "List-Id: <kaiin.example>"),
        ("list-ml", "X-ML-Name: kaiin"),
        ("loop", "X-Loop: yes"),
        ("apple", "X-Apple-Action: VACATION"),
        ("own", "From: jimukyoku@teleworksupport.example"),
        ("null-path", "Return-Path: <>"),
        ("root", "From: root@nas.example"),
    ] {
        add(format!("mark-{name}"), Ignore, field.to_owned(), QUESTION);
    }
    cases
}

fn text(fields: &str, body: String) -> Vec<u8> {
    mail(fields, body.as_bytes())
}

/// Without optimisation the longest are an eighth as long: `cargo test --release`
/// has them whole.
const PART: usize = if cfg!(debug_assertions) { 8 } else { 1 };

/// A question, and so many octets after it.
fn after(length: usize, pattern: &str) -> String {
    format!("{QUESTION}{}", pattern.repeat(length / PART / pattern.len()))
}

fn hostile() -> Vec<Case> {
    let mut cases = Vec::new();
    macro_rules! add {
        ($name:expr, $label:expr, $raw:expr $(,)?) => {
            cases.push(Case { name: $name.to_string(), label: $label, raw: Box::new(move || $raw) })
        };
    }
    const MIB: usize = 1024 * 1024;

    // Huge.
    add!("huge-51-mib", Review, text("", after(51 * PART * MIB, &format!("{}\r\n", "x".repeat(70)))));
    add!("huge-one-line", Person, text("", after(20 * MIB, "x")));
    add!(
        "huge-attachment",
        Answer,
        parts(&[
            ("text/plain; charset=utf-8", QUESTION.to_owned()),
            ("application/zip; name=bomb.zip", "UEsDBBQ".repeat(4 * MIB / PART)),
        ]),
    );
    add!("huge-subject", Person, text(&format!("Subject: {}", "36協定".repeat(60_000)), QUESTION.to_owned()));
    add!("huge-from", Person, text(&format!("From: {} <a@b.example>", "x".repeat(400_000)), QUESTION.to_owned()));
    add!("huge-local-part", Review, text(&format!("From: {}@b.example", "x".repeat(100_000)), QUESTION.to_owned()));
    add!("huge-header-section", Review, text(&format!("X-A: {}", "y".repeat(2 * MIB)), QUESTION.to_owned()));
    add!("huge-html", Person, html(&format!("<p>{QUESTION}</p>{}", "<b>x</b>".repeat(MIB / 4 / PART))));
    // Deep.
    add!("deep-html", Person, html(&format!("{}{QUESTION}{}", "<div>".repeat(100_000), "</div>".repeat(100_000))));
    add!("deep-blockquote", Person, html(&format!("<p>{QUESTION}</p>{}", "<blockquote>".repeat(100_000))));
    add!("deep-multipart", Person, deep(5_000, "multipart/mixed"));
    add!("deep-messages", Person, messages(3_000));
    add!("deep-comments", Person, text(&format!("From: {}a@b.example", "(".repeat(100_000)), QUESTION.to_owned()));
    add!(
        "deep-comments-closed",
        Person,
        text(&format!("From: {}{} a@b.example", "(".repeat(50_000), ")".repeat(50_000)), QUESTION.to_owned()),
    );
    add!("deep-quotes", Person, text("", format!("{QUESTION}{} deep", "> ".repeat(200_000))));
    add!("deep-brackets", Person, text("", format!("{QUESTION}{}", "「".repeat(200_000))));
    // Many.
    add!("many-parts", Review, parts(&vec![("text/plain; charset=utf-8", QUESTION.to_owned()); 20_000]));
    add!(
        "many-empty-parts",
        Person,
        mail("Content-Type: multipart/mixed; boundary=x", "--x\r\n".repeat(300_000).as_bytes()),
    );
    add!("many-fields", Review, text(&"X-A: b\n".repeat(100_000), QUESTION.to_owned()));
    add!(
        "many-received",
        Review,
        text(&"Received: from a by b; Wed, 25 Nov 2026 10:00:00 +0900\n".repeat(5_000), QUESTION.to_owned()),
    );
    add!("many-recipients", Answer, text(&format!("To: {}{US}", "a@b.example, ".repeat(10_000)), QUESTION.to_owned()));
    add!(
        "many-references",
        Answer,
        text(&format!("References: {}", "<a@b.example> ".repeat(20_000)), QUESTION.to_owned()),
    );
    add!(
        "many-attachments-names",
        Person,
        parts(&vec![("application/pdf; name=\"36協定.pdf\"", "JVBERi0".to_owned()); 400]),
    );
    add!("many-lines", Person, text("", after(8 * MIB, "\r\n")));
    add!(
        "many-encoded-words",
        Person,
        text(&format!("Subject: {}", "=?utf-8?B?44GC?= ".repeat(20_000)), QUESTION.to_owned()),
    );
    add!(
        "many-parameters",
        Person,
        mail(
            &format!(
                "Content-Type: text/plain; charset=utf-8{}",
                (0..20_000).map(|n| format!("; name*{n}=x")).collect::<String>()
            ),
            QUESTION.as_bytes(),
        ),
    );
    add!("many-questions", Person, text("", "36協定について教えてください。".repeat(20_000 / PART)));
    // Hard on patterns.
    for (name, pattern) in [
        ("a", "a"),
        ("space", " "),
        ("full-width-space", "　"),
        ("kana", "あ"),
        ("zero-width", "\u{200b}"),
        ("combining", "か\u{3099}"),
        ("digits", "0120-"),
        ("postal", "〒100-0001 "),
        ("places", "東京都大阪府"),
        ("negations", "セミナーの件ではありません。"),
        ("at-signs", "a@b."),
        ("angle", "<"),
        ("dashes", "-"),
        ("signatures", "-- \r\n"),
        ("quotes", "> 36協定\r\n"),
        ("fields", "【都道府県】東京都\r\n"),
        ("overtime", "残業"),
        ("wide", "ﾃﾚﾜｰｸ"),
        ("question-marks", "?"),
        ("wrote", "On Mon, A wrote:\r\n"),
        ("outlook", "差出人：\r\n件名：\r\n"),
        ("emoji", "👩\u{200d}💻"),
        ("right-to-left", "\u{202e}x"),
    ] {
        add!(format!("pattern-{name}"), Person, text("", after(900_000, pattern)));
    }
    // Cut off, and lying.
    add!("empty", Review, Vec::new());
    add!("only-line-ends", Review, b"\r\n\r\n\r\n".to_vec());
    add!("only-a-header", Review, b"From: a@b.example\r\nTo: jimukyoku@teleworksupport.example\r\n".to_vec());
    add!("cut-in-header", Person, mail("", b"")[..40].to_vec());
    add!(
        "cut-in-base64",
        Person,
        mail("Content-Transfer-Encoding: base64", b"MzbljZTlrprjga7lsYrlh7rjgavjgaTjgYTjgabmlZnjgYg"),
    );
    add!(
        "cut-in-quoted-printable",
        Person,
        mail("Content-Transfer-Encoding: quoted-printable", b"36=E5=8D=94=E5=AE=9A=E3=81=AE=E5"),
    );
    add!(
        "cut-boundary",
        Person,
        mail(
            "Content-Type: multipart/mixed; boundary=x",
            format!("--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{QUESTION}").as_bytes(),
        ),
    );
    add!("boundary-missing", Person, mail("Content-Type: multipart/mixed", QUESTION.as_bytes()));
    add!(
        "boundary-absurd",
        Person,
        mail(&format!("Content-Type: multipart/mixed; boundary=\"{}\"", "b".repeat(100_000)), QUESTION.as_bytes()),
    );
    add!("charset-lies", Person, mail("Content-Type: text/plain; charset=iso-2022-jp", QUESTION.as_bytes()));
    add!("charset-unknown", Person, mail("Content-Type: text/plain; charset=x-none", QUESTION.as_bytes()));
    add!("charset-utf-7", Person, mail("Content-Type: text/plain; charset=utf-7", b"+ADw-script+AD4- 36"));
    add!("binary", Review, (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect());
    add!("nul", Person, mail("", &[QUESTION.as_bytes(), &[0; 100_000]].concat()));
    add!("bare-cr", Person, mail("", QUESTION.replace("\r\n", "\r").as_bytes()));
    add!("utf-16", Review, QUESTION.encode_utf16().flat_map(u16::to_le_bytes).collect());
    add!(
        "mbox",
        Answer,
        [b"From sato@company.example Wed Nov 25 10:00:00 2026\r\n".to_vec(), mail("", QUESTION.as_bytes())].concat(),
    );
    // What decoding brings to light.
    for (name, word) in [
        ("crlf", "=?utf-8?Q?x=0D=0ABcc=3A_victim=40evil.example?="),
        ("nul", "=?utf-8?Q?x=00y?="),
        ("escape", "=?utf-8?Q?x=1B[2Jy=1B]0=3Bowned=07?="),
        ("bidi", "=?utf-8?Q?=E2=80=AEfdp.exe?="),
        ("c1", "=?utf-8?Q?=C2=9B31m?="),
        ("line-separator", "=?utf-8?Q?x=E2=80=A8Bcc=3A_a=40b.example?="),
    ] {
        add!(format!("subject-{name}"), Answer, text(&format!("Subject: {word}"), QUESTION.to_owned()));
        add!(
            &format!("name-{name}"),
            Answer,
            text(&format!("From: {word} <sato@company.example>"), QUESTION.to_owned()),
        );
    }
    add!(
        "template-injection",
        Answer,
        text("From: {{secretariat_address}} {% for x in y %} <sato@company.example>", QUESTION.to_owned()),
    );
    add!(
        "message-id-injection",
        Answer,
        text("Message-ID: <a\u{1}b@c.example>\nReferences: <x@y.example>", QUESTION.to_owned()),
    );
    add!("body-escapes", Answer, text("", format!("\u{1b}[2J\u{1b}]8;;http://evil.example\u{7}\u{202e}{QUESTION}")));
    // Senders.
    add!("carrier-two-dots", Answer, text("From: foo..bar@docomo.ne.jp", QUESTION.to_owned()));
    add!("carrier-last-dot", Answer, text("From: foo.@ezweb.ne.jp", QUESTION.to_owned()));
    add!("carrier-first-dot", Answer, text("From: .foo@ezweb.ne.jp", QUESTION.to_owned()));
    add!("two-froms", Review, text("From: a@b.example\nFrom: c@d.example", QUESTION.to_owned()));
    add!("group-from", Review, text("From: all: a@b.example, c@d.example;", QUESTION.to_owned()));
    add!("hidden-from", Review, text("From: \"A\" <a@b.example>:<c@d.example>", QUESTION.to_owned()));
    add!("no-from", Review, mail("From: ", QUESTION.as_bytes()));
    cases
}

fn parts(all: &[(&str, String)]) -> Vec<u8> {
    let mut body = String::new();
    for (kind, content) in all {
        let _ = write!(body, "--frontier\r\nContent-Type: {kind}\r\n\r\n{content}\r\n");
    }
    body.push_str("--frontier--\r\n");
    mail("Content-Type: multipart/mixed; boundary=frontier", body.as_bytes())
}

fn html(body: &str) -> Vec<u8> {
    mail("Content-Type: text/html; charset=utf-8", body.as_bytes())
}

fn deep(levels: usize, kind: &str) -> Vec<u8> {
    let mut body = String::new();
    for level in 0..levels {
        let _ = write!(body, "--b{level}\r\nContent-Type: {kind}; boundary=b{}\r\n\r\n", level + 1);
    }
    body.push_str(QUESTION);
    mail(&format!("Content-Type: {kind}; boundary=b0"), body.as_bytes())
}

fn messages(levels: usize) -> Vec<u8> {
    let body = format!("{}{QUESTION}", "Content-Type: message/rfc822\r\n\r\n".repeat(levels));
    mail("Content-Type: message/rfc822", body.as_bytes())
}

fn all() -> Vec<Case> {
    let mut cases = automatic();
    cases.extend(hostile());
    cases
}

/// Set in the process that measures.
const MEASURE: &str = "MADOGUCHI_TEST_MEASURE";
/// What the program is built for; without optimisation, and beside other tests,
/// the same work takes twenty times as long.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });
const MOST_KIB: u64 = 200 * 1024;

/// The most memory this process had since [`forget_peak`], in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn forget_peak() {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// In a process of its own: what breaks there, breaks there.
#[test]
fn every_message_is_decided_in_time_and_in_bounds() {
    if std::env::var_os(MEASURE).is_some() {
        measure();
        return;
    }
    let own = std::env::current_exe().unwrap();
    let name = "every_message_is_decided_in_time_and_in_bounds";
    let mut child = Command::new(own);
    child.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(MEASURE, "1");
    // One heap, given back when freed: what is measured is one message.
    child.env("MALLOC_ARENA_MAX", "1").env("MALLOC_TRIM_THRESHOLD_", "65536").env("MALLOC_MMAP_THRESHOLD_", "65536");
    let output = child.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    println!("{}", said.lines().filter(|line| line.contains("messages,")).collect::<String>());
}

fn measure() {
    let mut policy = Policy::new(Address::parse(US).unwrap());
    policy.placeholders = true;
    let ruleset = Ruleset::build(&files::embedded(), policy).unwrap().0;
    let (mut slowest, mut largest) = ((Duration::ZERO, String::new()), (0, String::new()));
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in all() {
        println!("{} …", case.name);
        let raw = (case.raw)();
        forget_peak();
        let began = Instant::now();
        let decided = inquiry::read(&raw);
        let plan = plan::decide(&ruleset, &decided, &History::default());
        let date = "2026-11-25T01:00:00Z".parse().unwrap();
        let mails = madoguchi::core::compose::compose(&ruleset, &plan, &decided, &raw, date).unwrap();
        let (took, most) = (began.elapsed(), peak());
        drop(mails);
        count += 1;
        if !case.label.fits(plan.action.word()) {
            wrong.push(format!("{}: {} ({}), should be {:?}", case.name, plan.action.word(), plan.reason, case.label));
        }
        if plan.action == Action::Ignore && plan.reply.done().is_some() {
            wrong.push(format!("{}: ignored and answered", case.name));
        }
        if took > LONGEST {
            wrong.push(format!("{}: took {took:?}", case.name));
        }
        if most > MOST_KIB {
            wrong.push(format!("{}: {} MiB", case.name, most / 1024));
        }
        slowest = slowest.max((took, case.name.clone()));
        largest = largest.max((most, case.name));
    }
    println!(
        "{count} messages, slowest {} ms ({}), most memory {} MiB ({})",
        slowest.0.as_millis(),
        slowest.1,
        largest.0 / 1024,
        largest.1
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

#[test]
fn explain_shows_every_message_and_nothing_that_a_terminal_would_obey() {
    let folder = tempfile::tempdir().unwrap();
    // Those that are too big to be worth a file are measured only.
    const BIG: usize = 64 * 1024;
    let cases: Vec<(Case, Vec<u8>)> = all()
        .into_iter()
        .map(|case| {
            let raw = (case.raw)();
            (case, raw)
        })
        .filter(|(_, raw)| raw.len() < BIG)
        .collect();
    let paths: Vec<_> = cases
        .iter()
        .map(|(case, raw)| {
            let path = folder.path().join(format!("{}.eml", case.name));
            std::fs::write(&path, raw).unwrap();
            path
        })
        .collect();
    let explain = |format: &str| {
        let mut command = program::command(&folder);
        let ran = program::finish(command.args(["explain", "--format", format]).args(&paths));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout
    };
    let harmful = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let shown = explain("text");
    let found = shown.chars().find(|c| harmful(*c));
    assert!(found.is_none(), "{found:?}");
    let json = explain("json");
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), cases.len());
    for ((case, _), line) in cases.iter().zip(&lines) {
        assert!(case.label.fits(line["action"].as_str().unwrap()), "{}: {line}", case.name);
        let quoted = match case.name.as_str() {
            "carrier-two-dots" => "\"foo..bar\"@docomo.ne.jp",
            "carrier-last-dot" => "\"foo.\"@ezweb.ne.jp",
            "carrier-first-dot" => "\".foo\"@ezweb.ne.jp",
            _ => continue,
        };
        assert_eq!(line["reply"]["to"], quoted);
    }
}

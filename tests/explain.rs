//! `madoguchi explain` as people and scripts meet it: the whole text in both
//! languages, the JSON contract key by key, and what it does with files that
//! cannot be read.

mod program;

use program::run_over;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const SEMINAR: &str = r#"title = { ja = "セミナー", en = "Seminar" }
reply = "seminar"
forward = "association"
[strong]
ja = [{ all = ["セミナー", { any = ["日程", "申し込み"] }], within = 24 }]
en = [{ all = ["seminar", { re = '\b(when|date|book)\b' }], within = 40 }]
[weak]
ja = ["講師", "会場"]
en = ["speaker", "venue"]
[[against]]
why = "rooms for hire"
ja = ["貸し会場"]
en = ["venue hire"]
[[example]]
name = "dates"
body = "セミナーの日程を教えてください。"
expect = { topics = ["seminar"] }
[[example]]
name = "hello"
body = "こんにちは。"
expect = { topics = [] }
"#;

const LABOR: &str = r#"title = { ja = "労務管理", en = "Labor management" }
reply = "labor-management"
forward = "association"
[strong]
ja = ["就業規則", "36協定", { word = "残業代", except = ["みなし残業代込み"] }]
en = ["work rules", { word = "overtime", except = ["overtime goal"] }]
[weak]
ja = ["労務", "賃金"]
en = ["wage", "payroll"]
[[example]]
name = "rules"
body = "就業規則について"
expect = { topics = ["labor-management"] }
[[example]]
name = "hello"
body = "こんにちは。"
expect = { topics = [] }
"#;

const COMMON: &str = r#"[negation]
ja_after  = ["ではありません", "ではなく", "は不要"]
en_before = ["not about", "no need for"]
"#;

/// A folder with a configuration of its own.
fn folder() -> TempDir {
    program::with_rules("", &[("seminar.toml", SEMINAR), ("labor-management.toml", LABOR), ("common.toml", COMMON)])
}

fn mail(fields: &str, body: &str) -> String {
    format!(
        "Return-Path: <kita@kaisha.example>\nFrom: \"北野 花\" <kita@kaisha.example>\nTo: desk@secretariat.example\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n{fields}\n{body}"
    )
    .replace('\n', "\r\n")
}

const JAPANESE: &str = "お世話になります。福山市の北野です。\u{202e}\u{1b}[31m
36協定の件ではありません。セミナーの申込方法と日程を教えてください。
見積もりはみなし残業代込みでした。給与の労務は社内で見ています。
よろしくお願いします。

--
株式会社きたの商会　労務課　北野 花
広島県福山市東桜町1-1

> セミナーの会場と就業規則の資料をお送りします。
";

const ENGLISH: &str = "Dear desk,

this is not about our work rules. We have no need for payroll advice.
The venue hire offer for the seminar: which date would suit you?
Our overtime goal is zero.

Best regards,
Ann North

On Mon, 16 Nov 2026 at 10:00, Desk <desk@secretariat.example> wrote:
> Your wages and overtime question was passed on.
";

/// The output without what changes with the rule files.
fn text(folder: &TempDir, arguments: &[&str]) -> String {
    let ran = program::run(folder, arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let hidden = ran.stdout.lines().map(|line| {
        let revision = line.rsplit(' ').next().filter(|w| w.len() == 12 && w.bytes().all(|b| b.is_ascii_hexdigit()));
        revision.map_or(line.to_owned(), |r| line.replace(r, "(revision)"))
    });
    hidden.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_text_marks_what_counted_and_says_what_did_not() {
    let folder = folder();
    fs::write(folder.path().join("ja.eml"), mail("Subject: Re: 講師のこと\n", JAPANESE)).unwrap();
    fs::write(folder.path().join("en.eml"), mail("Subject: A question\n", ENGLISH)).unwrap();
    insta::assert_snapshot!("japanese_mail_in_japanese", text(&folder, &["explain", "--lang", "ja", "ja.eml"]));
    insta::assert_snapshot!("japanese_mail_in_english", text(&folder, &["explain", "ja.eml"]));
    insta::assert_snapshot!("english_mail_in_english", text(&folder, &["explain", "en.eml"]));
    insta::assert_snapshot!("english_mail_in_japanese", text(&folder, &["explain", "--lang", "ja", "en.eml"]));
}

#[test]
fn a_machine_and_a_wreck_are_explained_too() {
    let folder = folder();
    fs::write(folder.path().join("machine.eml"), mail("Subject: away\nAuto-Submitted: auto-replied\n", "不在です。"))
        .unwrap();
    fs::write(folder.path().join("wreck.eml"), b"\x00\xff\xfe\n\x80\x81").unwrap();
    insta::assert_snapshot!("machine_and_wreck", text(&folder, &["explain", "machine.eml", "wreck.eml"]));
}

#[test]
fn nothing_from_mail_reaches_the_terminal_as_a_command() {
    let folder = folder();
    let body = format!("{JAPANESE}\n\u{9b}31m\u{2066}就業規則\u{2069}\u{7}\u{8}\n");
    fs::write(folder.path().join("evil.eml"), mail("Subject: =?utf-8?B?G1sySuKArg==?=\n", &body)).unwrap();
    let shown = text(&folder, &["explain", "evil.eml"]);
    let hostile =
        |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!shown.chars().any(hostile), "{shown:?}");
    let json = text(&folder, &["explain", "--format", "json", "evil.eml"]);
    assert!(!json.chars().any(hostile), "{json:?}");
}

fn json(folder: &TempDir, arguments: &[&str], input: &[u8]) -> (Vec<Value>, i32, String) {
    let ran = run_over(folder, &[&["explain", "--format", "json"], arguments].concat(), input);
    let lines = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    (lines, ran.code, ran.stderr)
}

/// Whether a value is what the contract says; `?` stands for "or null".
fn is(value: &Value, kind: &str) -> bool {
    match kind.strip_suffix('?') {
        Some(inner) => value.is_null() || is(value, inner),
        None => match kind {
            "string" => value.is_string(),
            "strings" => value.as_array().is_some_and(|a| a.iter().all(Value::is_string)),
            "range" => value.as_array().is_some_and(|a| a.len() == 2 && a.iter().all(Value::is_u64)),
            words => words.split('|').any(|word| value == word),
        },
    }
}

fn check_keys(value: &Value, keys: &[(&str, &str)]) {
    let object = value.as_object().unwrap();
    let mut there: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
    there.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(there, wanted);
    for (key, kind) in keys {
        if !matches!(*kind, "reply" | "forward" | "evidence") {
            assert!(is(&object[*key], kind), "`{key}` is {}, not {kind}", object[*key]);
        }
    }
}

fn check_line(line: &Value) {
    check_keys(
        line,
        &[
            ("file", "string"),
            ("action", "answer|review|ignore"),
            ("reason", "string"),
            ("topics", "strings"),
            ("prefecture", "string?"),
            ("language", "string?"),
            ("text", "string"),
            ("reply", "reply"),
            ("forward", "forward"),
            ("evidence", "evidence"),
            ("revision", "string"),
        ],
    );
    let step = ("step", "do|skip|ask");
    check_keys(&line["reply"], &[step, ("reason", "string?"), ("to", "string?"), ("template", "string?")]);
    check_keys(&line["forward"], &[step, ("reason", "string?"), ("to", "string?")]);
    for part in ["reply", "forward"] {
        let done = line[part]["step"] == "do";
        assert_eq!(done, line[part]["to"].is_string(), "an address exactly where it is done: {}", line[part]);
        assert_eq!(done, line[part]["reason"].is_null(), "a reason exactly where it is not: {}", line[part]);
    }
    let reason = if line["reply"]["step"] == "do" { "answered" } else { line["reply"]["reason"].as_str().unwrap() };
    assert_eq!(line["reason"], reason);
    for evidence in line["evidence"].as_array().unwrap() {
        check_keys(
            evidence,
            &[
                ("file", "string"),
                ("as", "strong|weak|against|place"),
                ("zone", "subject|fresh|signature|domain"),
                ("text", "string"),
                ("range", "range"),
            ],
        );
        let mut place = evidence["file"].as_str().unwrap().rsplitn(3, ':');
        let number = |p: Option<&str>| p.unwrap().parse::<u32>().is_ok_and(|n| n > 0);
        assert!(number(place.next()) && number(place.next()), "{evidence}");
        let folder = if evidence["as"] == "place" { "data/" } else { "rules/" };
        assert!(place.next().unwrap().starts_with(folder), "{evidence}");
        if evidence["zone"] == "fresh" {
            let at = |i: usize| evidence["range"][i].as_u64().unwrap() as usize;
            let words: String = line["text"].as_str().unwrap().chars().skip(at(0)).take(at(1) - at(0)).collect();
            assert_eq!(evidence["text"], words, "the range counts characters of `text`");
        }
    }
}

#[test]
fn json_keeps_its_contract() {
    let folder = folder();
    let question = "セミナーの日程を教えてください。広島県福山市\n";
    let write = |name: &str, raw: &str| fs::write(folder.path().join(name), raw).unwrap();
    write("person.eml", &mail("Subject: s\n", question));
    write("nowhere.eml", &mail("Subject: s\n", "就業規則の相談です。府中市です。\n"));
    write("hello.eml", &mail("Subject: hello\n", "Is anybody there?\n"));
    write("numbers.eml", &mail("Subject: 1\n", "123 456\n"));
    write("machine.eml", &mail("Subject: away\nAuto-Submitted: auto-replied\n", "就業規則。広島県福山市\n"));
    write("sold.eml", &mail("Subject: s\n", "セミナーの日程に貸し会場を。\n"));
    fs::write(folder.path().join("wreck.eml"), b"\x00\xff\xfe\n\x80\x81").unwrap();
    fs::write(folder.path().join("empty.eml"), b"").unwrap();
    let files = [
        "person.eml",
        "nowhere.eml",
        "hello.eml",
        "numbers.eml",
        "machine.eml",
        "sold.eml",
        "wreck.eml",
        "empty.eml",
        "-",
    ];
    let (lines, code, stderr) = json(&folder, &files, mail("Subject: s\n", question).as_bytes());
    assert_eq!((lines.len(), code, stderr.as_str()), (files.len(), 0, ""));
    for (line, file) in lines.iter().zip(files) {
        check_line(line);
        assert_eq!(line["file"], file, "in the order given, named as given");
    }
    let by = |file: &str| &lines[files.iter().position(|f| *f == file).unwrap()];
    let person = by("person.eml");
    assert_eq!((&person["action"], &person["reason"]), (&"answer".into(), &"answered".into()));
    assert_eq!((&person["prefecture"], &person["language"]), (&"34".into(), &"ja".into()));
    assert_eq!(person["topics"], serde_json::json!(["seminar"]));
    assert_eq!(person["text"].as_str().unwrap().trim_end(), question.trim_end());
    assert_eq!(person["reply"]["to"], "kita@kaisha.example");
    assert_eq!((&person["reply"]["template"], &person["forward"]["step"]), (&"seminar".into(), &"do".into()));
    let same = |a: &Value, b: &Value| a["evidence"] == b["evidence"] && a["reply"] == b["reply"];
    assert!(same(person, by("-")), "standard input is read like a file");
    // Ambiguous: no prefecture, all candidates as evidence.
    let nowhere = by("nowhere.eml");
    assert_eq!((&nowhere["prefecture"], &nowhere["forward"]["reason"]), (&Value::Null, &"place-ambiguous".into()));
    assert!(nowhere["evidence"].as_array().unwrap().iter().filter(|e| e["as"] == "place").count() >= 2);
    // Filled whatever the action.
    let machine = by("machine.eml");
    assert_eq!((&machine["action"], &machine["reason"]), (&"ignore".into(), &"auto-submitted".into()));
    assert_eq!((&machine["reply"]["step"], &machine["forward"]["step"]), (&"skip".into(), &"skip".into()));
    assert_eq!((&machine["prefecture"], &machine["language"]), (&"34".into(), &"ja".into()));
    assert!(machine["evidence"].as_array().unwrap().iter().any(|e| e["as"] == "strong"));
    assert_eq!(by("numbers.eml")["language"], Value::Null);
    assert!(by("sold.eml")["evidence"].as_array().unwrap().iter().any(|e| e["as"] == "against"));
    // Never both skipped for what a person may have written.
    for file in ["hello.eml", "numbers.eml", "sold.eml", "wreck.eml", "empty.eml"] {
        let line = by(file);
        assert_eq!(line["action"], "review", "{file}");
        assert!(line["reply"]["step"] != "skip" || line["forward"]["step"] == "ask", "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_told_after_the_others_are_done() {
    let folder = folder();
    fs::write(folder.path().join("b.eml"), mail("Subject: s\n", "就業規則\n")).unwrap();
    let (lines, code, stderr) = json(&folder, &["a.eml", "b.eml", ".", "b.eml"], b"");
    assert_eq!(code, 2);
    assert_eq!(lines.iter().map(|l| l["file"].as_str().unwrap()).collect::<Vec<_>>(), ["b.eml", "b.eml"]);
    let told: Vec<&str> = stderr.lines().map(|l| l.split(": ").nth(1).unwrap()).collect();
    assert_eq!(told, ["a.eml", "."], "{stderr}");
}

#[test]
fn without_a_configuration_the_embedded_rules_are_used_and_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("b.eml"), mail("Subject: s\n", "就業規則\n")).unwrap();
    let (lines, code, stderr) = json(&folder, &["b.eml"], b"");
    assert_eq!((lines.len(), code), (1, 0));
    assert!(stderr.contains("embedded rules"), "{stderr}");
    let (_, code, _) = json(&folder, &["--config", "nothing.toml", "b.eml"], b"");
    assert_eq!(code, 2);
}

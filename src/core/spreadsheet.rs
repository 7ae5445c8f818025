//! The associations as a spreadsheet: `associations.toml` → rows, and a CSV file
//! → changes to `associations.toml` that leave everything else in it as it is.
//! Owns the columns; a row is checked by the rules of the directory. Reads and
//! writes no file.

use super::diagnostic::{SourceFile, nearest};
use super::directory;
use super::lang::{Lang, Text, say};
use super::places::Prefecture;
use super::policy::Policy;
use super::text::fold;
use super::tomlwalk::{Document, Kind, Table};
use jiff::civil::Date;
use std::ops::Range;

/// A column, by its heading in the languages it may have.
struct Column {
    id: &'static str,
    ja: &'static str,
    /// Key of the table it is about, and the half of it.
    key: &'static str,
    half: Option<&'static str>,
}

const fn column(id: &'static str, ja: &'static str, key: &'static str, half: Option<&'static str>) -> Column {
    Column { id, ja, key, half }
}

/// All columns, in the order of an export.
const COLUMNS: [Column; 11] = [
    column("prefecture", "都道府県コード", "prefecture", None),
    // For the reader; an import only compares it.
    column("prefecture_name", "都道府県", "", None),
    column("email", "メールアドレス", "email", None),
    column("name_ja", "名称", "name", Some("ja")),
    column("name_en", "英語名称", "name", Some("en")),
    column("phone", "電話番号", "phone", None),
    column("website", "ウェブサイト", "website", None),
    column("hours_ja", "受付時間", "hours", Some("ja")),
    column("hours_en", "英語受付時間", "hours", Some("en")),
    column("face_to_face", "対面相談", "face_to_face", None),
    column("verified", "確認日", "verified", None),
];

/// Keys of a table in the order in which they are written.
const KEYS: [&str; 10] =
    ["prefecture", "email", "name", "phone", "website", "hours", "face_to_face", "places", "not", "verified"];

/// What is wrong with a cell. Rows and columns count from 1, as a spreadsheet
/// shows them; column 0: the whole row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub row: usize,
    pub column: usize,
    /// The column's heading.
    pub heading: String,
    pub message: Text,
    pub help: Option<Text>,
}

/// One value that an import changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub prefecture: Prefecture,
    pub key: &'static str,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What an import leads to.
#[derive(Debug)]
pub struct Import {
    /// The new text of associations.toml.
    pub text: String,
    pub changes: Vec<Change>,
    /// Headings of columns that say nothing here.
    pub ignored: Vec<String>,
}

/// The values of one association that a spreadsheet holds, by column; `None`
/// for a key that is not there.
type Values = [Option<String>; COLUMNS.len()];

/// The directory as CSV: headings in a language, one row a table, lines ended as
/// spreadsheet programs expect (RFC 4180).
pub fn export(file: &SourceFile, lang: Lang) -> String {
    let doc = Document::parse(file);
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let headings = COLUMNS.iter().map(|c| if lang == Lang::Ja { c.ja } else { c.id });
    let mut written = out.write_record(headings);
    for table in doc.root().tables("association") {
        let values = values(&table, lang);
        written = written.and_then(|()| out.write_record(values.iter().map(|v| v.as_deref().unwrap_or_default())));
    }
    // A buffer in memory takes everything.
    let bytes = written.ok().and_then(|()| out.into_inner().ok()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn values(table: &Table<'_>, lang: Lang) -> Values {
    COLUMNS.map(|column| {
        if column.key.is_empty() {
            let code = table.string("prefecture")?;
            let prefecture = Prefecture::from_code(code.value)?;
            let name = if lang == Lang::Ja { prefecture.name_ja() } else { prefecture.name_en() };
            return Some(name.to_owned());
        }
        let value = match (column.half, table.get(column.key)?.kind()) {
            (Some(half), Kind::Table(inner)) => inner.get(half)?.kind(),
            (_, kind) => kind,
        };
        match value {
            Kind::String(text) => Some(text.to_owned()),
            Kind::Date(date) => Some(date),
            _ => None,
        }
    })
}

/// Lays a CSV file over the directory. Columns that are not there stay as they
/// are, and so do prefectures; an empty cell takes the value out. Any fault,
/// and nothing comes of it: all are given.
pub fn import(csv: &[u8], file: &SourceFile, policy: &Policy) -> Result<Import, Vec<Fault>> {
    let sheet = Sheet::read(csv).map_err(|fault| vec![fault])?;
    let mut faults = Vec::new();
    let (headings, ignored) = sheet.headings(&mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let doc = Document::parse(file);
    let tables = doc.root().tables("association");
    let (mut edits, mut changes): (Vec<(Range<usize>, String)>, Vec<Change>) = (Vec::new(), Vec::new());
    let mut seen: Vec<(Prefecture, usize)> = Vec::new();
    for (row, cells) in sheet.rows() {
        let at = |id: &str| headings.iter().position(|h| h.is_some_and(|c| COLUMNS[c].id == id));
        let place = |position: usize| (position + 1, sheet.heading(position));
        let mut fault = |position: usize, message: Text, help: Option<Text>| {
            let (column, heading) = place(position);
            faults.push(Fault { row, column, heading, message, help });
        };
        if cells.len() < headings.len() {
            let (there, all) = (cells.len(), headings.len());
            let message =
                say!("the row has {there} of {all} columns", "この行には {all} 列のうち {there} 列しかありません");
            let help = say!("save the sheet again as CSV", "表をもう一度 CSV で保存してください");
            faults.push(Fault { row, column: 0, heading: String::new(), message, help: Some(help) });
            continue;
        }
        let Some(code_at) = at("prefecture") else { continue };
        let written = &cells[code_at];
        let Some(prefecture) = code(written) else {
            let message = say!("`{written}` is not a prefecture code", "`{written}` は都道府県コードではありません");
            let help = say!(
                "use a number from 1 (Hokkaido) to 47 (Okinawa)",
                "1（北海道）から 47（沖縄県）までの数を書きます"
            );
            fault(code_at, message, Some(help));
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(p, _)| *p == prefecture) {
            let message = say!(
                "prefecture `{prefecture}` is in row {first} already",
                "都道府県 `{prefecture}` は {first} 行目にもあります"
            );
            fault(code_at, message, Some(say!("keep one of the two rows", "どちらかの行を消してください")));
            continue;
        }
        seen.push((prefecture, row));
        if let Some(position) = at("prefecture_name") {
            let name = cells[position].as_str();
            let (ja, en) = (prefecture.name_ja(), prefecture.name_en());
            let short = ja.trim_end_matches(['都', '府', '県']);
            if !name.is_empty() && name != ja && name != short && !name.eq_ignore_ascii_case(en) {
                let message = say!(
                    "the code `{prefecture}` is {en}, the row says `{name}`",
                    "コード `{prefecture}` は{ja}ですが、この行は `{name}` となっています"
                );
                fault(position, message, Some(say!("correct one of the two", "どちらかを直してください")));
                continue;
            }
        }
        let Some(table) =
            tables.iter().find(|t| t.string("prefecture").is_some_and(|c| code(c.value) == Some(prefecture)))
        else {
            let message = say!(
                "associations.toml has no prefecture `{prefecture}`",
                "associations.toml に都道府県 `{prefecture}` がありません"
            );
            fault(code_at, message, Some(say!("add its table there first", "先にそちらへ表を書き足してください")));
            continue;
        };
        let before = values(table, Lang::Ja);
        let mut after = before.clone();
        for (position, heading) in headings.iter().enumerate() {
            let Some(column) = heading.filter(|c| !["prefecture", ""].contains(&COLUMNS[*c].key)) else { continue };
            after[column] = normal(COLUMNS[column].id, &cells[position]);
        }
        for (column, message, help) in check(prefecture, &after, policy) {
            // A half that is wrong may be one that is not in this sheet.
            let position = headings.iter().position(|h| *h == Some(column)).unwrap_or(code_at);
            fault(position, message, help);
        }
        let keys = KEYS.iter().filter(|key| !["prefecture", "places", "not"].contains(*key));
        for key in keys {
            let of_key = |values: &Values| literal(key, values);
            let (old, new) = (of_key(&before), of_key(&after));
            if old == new {
                continue;
            }
            match edit(&doc, table, key, new.as_deref()) {
                Some(edit) => edits.push(edit),
                None => {
                    let message = say!("`{key}` is not written in one line there", "`{key}` が一行で書かれていません");
                    let help = say!(
                        "write it in associations.toml as `{key} = …` in one line",
                        "associations.toml で `{key} = …` と一行で書いてください"
                    );
                    fault(code_at, message, Some(help));
                }
            }
            changes.push(Change { prefecture, key, before: old, after: new });
        }
    }
    if seen.is_empty() && faults.is_empty() {
        let message = say!("there is no row below the headings", "見出しの下に行がありません");
        faults.push(Fault { row: 1, column: 0, heading: String::new(), message, help: None });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut text = file.readable().to_owned();
    // From the end, so that earlier places stay where they are; of several
    // lines put in at one place the later key comes first.
    edits.sort_by_key(|(range, _)| range.start);
    for (range, new) in edits.into_iter().rev() {
        text.replace_range(range, &new);
    }
    Ok(Import { text, changes, ignored })
}

/// A prefecture's code as a spreadsheet leaves it: `1` for `01`.
fn code(written: &str) -> Option<Prefecture> {
    let folded = fold(written);
    let digits = folded.as_str().trim();
    let plain = !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).and_then(Prefecture::new)
}

/// A cell as the file has it; `None` when empty.
fn normal(id: &str, cell: &str) -> Option<String> {
    let cell = cell.trim();
    if cell.is_empty() {
        return None;
    }
    Some(match (id, cell) {
        ("face_to_face", "あり" | "有" | "有り" | "可") => "yes".to_owned(),
        ("face_to_face", "なし" | "無" | "無し" | "不可") => "no".to_owned(),
        ("face_to_face", "不明" | "未定") => "unknown".to_owned(),
        ("face_to_face", word) => word.to_ascii_lowercase(),
        ("verified", date) => day(date).map_or_else(|| date.to_owned(), |d| d.to_string()),
        (_, text) => text.to_owned(),
    })
}

/// `2026-11-22`, `2026/11/22`, `2026年11月22日`.
fn day(written: &str) -> Option<Date> {
    let folded = fold(written);
    let mut numbers = folded.as_str().split(['-', '/', '.', '年', '月']).map(|n| n.trim_end_matches('日').trim());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The value of a key as TOML.
fn literal(key: &str, values: &Values) -> Option<String> {
    let of = |half: Option<&str>| {
        let column = COLUMNS.iter().position(|c| c.key == key && c.half == half)?;
        values[column].as_deref()
    };
    match key {
        "name" | "hours" => {
            let (ja, en) = (of(Some("ja")), of(Some("en")));
            if ja.is_none() && en.is_none() {
                return None;
            }
            let quoted = |text: Option<&str>| quoted(text.unwrap_or_default());
            Some(format!("{{ ja = {}, en = {} }}", quoted(ja), quoted(en)))
        }
        "verified" => of(None).map(|date| if day(date).is_some() { date.to_owned() } else { quoted(date) }),
        _ => of(None).map(quoted),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What the directory says about such a row: column, message, cure.
fn check(prefecture: Prefecture, values: &Values, policy: &Policy) -> Vec<(usize, Text, Option<Text>)> {
    let mut text = format!("[[association]]\nprefecture = \"{prefecture}\"\n");
    let mut keys = vec!["", "prefecture"];
    for key in KEYS {
        if let Some(value) = literal(key, values).filter(|_| key != "prefecture") {
            text.push_str(&format!("{key} = {value}\n"));
            keys.push(key);
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let found = directory::check_association(&text, policy).into_iter().filter(|f| f.is_error());
    found
        .map(|finding| {
            let line = finding.line as usize - 1;
            // A missing key is told at the header; of those only `name` has to be there.
            let key = keys.get(line).copied().filter(|k| !k.is_empty()).unwrap_or("name");
            let before = lines.get(line).map_or("", |l| l.split(", en = ").next().unwrap_or_default());
            let half = if finding.column as usize > before.chars().count() { "en" } else { "ja" };
            let column = COLUMNS.iter().position(|c| c.key == key && c.half.is_none_or(|h| h == half)).unwrap_or(0);
            (column, finding.message, finding.help)
        })
        .collect()
}

/// How the text of a table changes when a key gets another value, or none.
/// `None` where the key is written in a way that cannot be replaced.
fn edit(doc: &Document<'_>, table: &Table<'_>, key: &str, value: Option<&str>) -> Option<(Range<usize>, String)> {
    let text = doc.file().readable();
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |i| i + 1);
    let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |i| at + i + 1);
    let of = |key: &str| {
        let (name, value) = (table.key_span(key)?, table.get(key)?.span());
        // A table under a header of its own has its span elsewhere.
        (name.end < value.start && !text[name.end..value.end].contains('\n')).then_some((name, value))
    };
    match (table.get(key).is_some(), value) {
        (true, Some(value)) => Some((of(key)?.1, value.to_owned())),
        (true, None) => {
            let (name, old) = of(key)?;
            Some((line_start(name.start)..line_end(old.end), String::new()))
        }
        (false, None) => Some((0..0, String::new())),
        (false, Some(value)) => {
            let position = KEYS.iter().position(|k| *k == key)?;
            let before = KEYS[..position].iter().rev().find(|k| table.get(k).is_some())?;
            let end = line_end(table.get(before)?.span().end);
            let ending = if text[..end].ends_with("\r\n") { "\r\n" } else { "\n" };
            let lead = if text[..end].ends_with('\n') { "" } else { "\n" };
            Some((end..end, format!("{lead}{key} = {value}{ending}")))
        }
    }
}

/// A CSV file as rows of cells.
struct Sheet {
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// UTF-8 with or without a byte order mark, UTF-16 with one, Shift_JIS;
    /// separated by commas, semicolons or tabs.
    fn read(bytes: &[u8]) -> Result<Sheet, Fault> {
        let whole =
            |message: Text, help: Text| Fault { row: 1, column: 0, heading: String::new(), message, help: Some(help) };
        let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, length)| (encoding, &bytes[length..]));
        let candidates = match marked {
            Some(marked) => vec![marked],
            None => vec![(encoding_rs::UTF_8, bytes), (encoding_rs::SHIFT_JIS, bytes)],
        };
        let decode = |(encoding, bytes): (&'static encoding_rs::Encoding, &[u8])| {
            encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
        };
        let Some(text) = candidates.into_iter().find_map(decode).filter(|text| !text.contains('\0')) else {
            return Err(whole(
                say!("the file is neither UTF-8 nor Shift_JIS text", "UTF-8 でも Shift_JIS でもないファイルです"),
                say!(
                    "save it as “CSV UTF-8” in the spreadsheet program",
                    "表計算ソフトで「CSV UTF-8」として保存してください"
                ),
            ));
        };
        let first = text.lines().next().unwrap_or_default();
        let separator =
            [b',', b'\t', b';'].into_iter().max_by_key(|s| (first.bytes().filter(|b| b == s).count(), *s == b','));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator.unwrap_or(b','))
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let Ok(record) = record else {
                return Err(whole(
                    say!("the file is not CSV", "CSV として読めません"),
                    say!("save the sheet again as CSV", "表をもう一度 CSV で保存してください"),
                ));
            };
            rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
        }
        if rows.is_empty() {
            return Err(whole(
                say!("the file is empty", "ファイルが空です"),
                say!(
                    "begin with `madoguchi associations export`",
                    "`madoguchi associations export` の結果から始めてください"
                ),
            ));
        }
        Ok(Sheet { rows })
    }

    fn heading(&self, position: usize) -> String {
        self.rows[0].get(position).cloned().unwrap_or_default()
    }

    /// What each column of the sheet is, and headings that mean nothing here.
    fn headings(&self, faults: &mut Vec<Fault>) -> (Vec<Option<usize>>, Vec<String>) {
        let (mut known, mut ignored): (Vec<Option<usize>>, Vec<String>) = (Vec::new(), Vec::new());
        for (position, heading) in self.rows[0].iter().enumerate() {
            let column = COLUMNS.iter().position(|c| c.id.eq_ignore_ascii_case(heading) || c.ja == heading);
            let mut fault = |message: Text, help: Text| {
                faults.push(Fault {
                    row: 1,
                    column: position + 1,
                    heading: heading.clone(),
                    message,
                    help: Some(help),
                });
            };
            if column.is_some() && known.contains(&column) {
                fault(
                    say!("the column `{heading}` is there twice", "`{heading}` の列が二つあります"),
                    say!("keep one of the two", "どちらかを消してください"),
                );
            } else if column.is_none() && !heading.is_empty() {
                match nearest(heading, COLUMNS.iter().flat_map(|c| [c.id, c.ja]))
                    .filter(|_| heading.chars().count() > 2)
                {
                    Some(near) => fault(
                        say!("there is no column `{heading}`", "`{heading}` という列はありません"),
                        say!("did you mean `{near}`?", "`{near}` の書き間違いではありませんか"),
                    ),
                    None => ignored.push(heading.clone()),
                }
            }
            known.push(column);
        }
        if !known.contains(&Some(0)) {
            let message = say!("there is no column `prefecture`", "`都道府県コード` の列がありません");
            let help = say!(
                "the first row holds the headings, as `madoguchi associations export` writes them",
                "一行目は見出しです（`madoguchi associations export` が書き出す形）"
            );
            faults.push(Fault { row: 1, column: 0, heading: String::new(), message, help: Some(help) });
        }
        (known, ignored)
    }

    /// The rows below the headings with their numbers, without empty ones.
    fn rows(&self) -> impl Iterator<Item = (usize, &Vec<String>)> {
        self.rows
            .iter()
            .enumerate()
            .skip(1)
            .map(|(i, row)| (i + 1, row))
            .filter(|(_, r)| r.iter().any(|c| !c.is_empty()))
    }
}

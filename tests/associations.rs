//! `madoguchi associations export` and `import` on the command line.

mod program;

use program::project;
use std::fs;
use tempfile::TempDir;

/// A small sound set with the shipped list of associations, comments and all.
fn set() -> TempDir {
    let folder = program::base();
    fs::copy(project().join("rules/associations.toml"), folder.path().join("rules/associations.toml")).unwrap();
    folder
}

fn list(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("rules/associations.toml")).unwrap()
}

fn run(folder: &TempDir, lang: &str, arguments: &[&str]) -> (i32, String, String) {
    program::run(folder, &[&["--lang", lang, "associations"], arguments].concat()).parts()
}

/// Writes a CSV file and imports it.
fn import(folder: &TempDir, csv: impl AsRef<[u8]>, more: &[&str]) -> (i32, String, String) {
    fs::write(folder.path().join("list.csv"), csv).unwrap();
    run(folder, "en", &[&["import", "list.csv"], more].concat())
}

#[test]
fn what_is_exported_comes_back_as_no_change() {
    let folder = set();
    let before = list(&folder);
    for lang in ["ja", "en"] {
        let (code, csv, _) = run(&folder, lang, &["export"]);
        assert_eq!((code, csv.lines().count()), (0, 48));
        assert!(csv.starts_with('\u{FEFF}') && csv.contains("\r\n13,"), "{csv}");
        let plain = csv.trim_start_matches('\u{FEFF}');
        let shift_jis = encoding_rs::SHIFT_JIS.encode(plain).0.into_owned();
        let utf16: Vec<u8> =
            std::iter::once(0xFEFF).chain(plain.replace(',', "\t").encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let mut ways = vec![csv.clone().into_bytes(), plain.into(), shift_jis, plain.replace("\r\n", "\n").into()];
        // Tabs only where no cell holds a comma.
        if !plain.contains('"') {
            ways.push(utf16);
        }
        for bytes in ways {
            let (code, said, errors) = import(&folder, bytes, &[]);
            assert_eq!((code, said.as_str(), errors.as_str()), (0, "nothing to change\n", ""));
        }
    }
    assert_eq!(list(&folder), before);
}

#[test]
fn values_are_put_in_changed_and_taken_out_and_the_rest_stays() {
    let folder = set();
    let before = list(&folder);
    // As a spreadsheet leaves it: no leading zero, a date with strokes.
    let csv = "prefecture,email,phone,face_to_face,hours_ja,hours_en,verified,memo\r\n\
               1,soudan@hokkaido.sr.example,011-000-0000,あり,\"平日 9時-17時\",\"weekdays, 9-17\",2026/11/2,hello\r\n\
               ,,,,,,,\r\n\
               13,,,unknown,,,,\r\n";
    let (code, said, errors) = import(&folder, csv, &["--dry-run"]);
    assert_eq!((code, errors.as_str()), (0, "the column `memo` is not used\n"));
    assert!(
        said.contains("01 Hokkaido: phone + \"011-000-0000\"") && said.ends_with("6 values would change\n"),
        "{said}"
    );
    assert_eq!(list(&folder), before);

    let (code, said, errors) = import(&folder, csv, &[]);
    assert_eq!(code, 0, "{errors}");
    assert!(said.contains("01 Hokkaido: email \"hokkaido@sr-association.example\" -> \"soudan@hokkaido.sr.example\""));
    assert!(said.contains("13 Tokyo: email - \"tokyo@sr-association.example\""), "{said}");
    let after = list(&folder);
    let expected = before
        .replace("\"hokkaido@sr-association.example\"", "\"soudan@hokkaido.sr.example\"")
        .replacen("Hokkaido Labor and Social Security Attorney's Association\" }\nface_to_face = \"unknown\"\n",
            "Hokkaido Labor and Social Security Attorney's Association\" }\nphone = \"011-000-0000\"\n\
             hours = { ja = \"平日 9時-17時\", en = \"weekdays, 9-17\" }\nface_to_face = \"yes\"\nverified = 2026-11-02\n", 1)
        .replace("email = \"tokyo@sr-association.example\"\n", "");
    assert_eq!(after, expected);
    assert_eq!(program::run(&folder, &["check"]).code, 0);
}

#[test]
fn every_fault_has_its_row_and_column_and_nothing_is_written() {
    let folder = set();
    let before = list(&folder);
    let csv = "都道府県コード,都道府県,メールアドレス,電話番号,確認日,名称,受付時間\n\
               01,北海道,相談 <a@b.example>,０１１,昨日,北海道会,\n\
               48,,,,,x,\n\
               13,大阪府,,,,x,\n\
               14,神奈川県,a@b.example,,,,平日\n\
               14,神奈川,a@b.example,,,x,\n\
               15,新潟県\n\
               16,富山県,desk@secretariat.example,,2026-02-30,富山会,\n";
    fs::write(folder.path().join("list.csv"), csv).unwrap();
    let (code, said, errors) = run(&folder, "ja", &["import", "list.csv"]);
    assert_eq!((code, said.as_str()), (1, ""));
    for words in [
        "list.csv:2:3: 「メールアドレス」`相談 <a@b.example>` はメールアドレスではありません。",
        "list.csv:2:4: 「電話番号」`０１１` は電話番号ではありません",
        "list.csv:2:5: 「確認日」",
        "list.csv:3:1: 「都道府県コード」`48` は都道府県コードではありません",
        "list.csv:4:2: 「都道府県」コード `13` は東京都ですが、この行は `大阪府` となっています",
        "list.csv:5:6: 「名称」`ja` が空です",
        "list.csv:6:1: 「都道府県コード」都道府県 `14` は 5 行目にもあります",
        "list.csv:7: この行には 7 列のうち 2 列しかありません",
        "list.csv:8:3: 「メールアドレス」`desk@secretariat.example` は事務局のアドレスです",
        "list.csv:8:5: 「確認日」",
        "何も変えていません",
    ] {
        assert!(errors.contains(words), "{words}\n{errors}");
    }
    assert_eq!(list(&folder), before);
}

#[test]
fn a_sheet_that_is_none_is_told() {
    let folder = set();
    for (csv, why) in [
        (&b""[..], "list.csv:1: the file is empty"),
        (b"email\na@b.example\n", "there is no column `prefecture`"),
        (
            b"prefecture,emial\n01,a@b.example\n",
            "list.csv:1:2: `emial`: there is no column `emial`; did you mean `email`?",
        ),
        (
            b"prefecture,email,email\n01,a@b.example,a@b.example\n",
            "list.csv:1:3: `email`: the column `email` is there twice",
        ),
        (b"prefecture,email\n", "there is no row below the headings"),
        (b"\x00\x01\xFF\xFE\x80", "neither UTF-8 nor Shift_JIS"),
    ] {
        let (code, _, errors) = import(&folder, csv, &[]);
        assert!(code == 1 && errors.contains(why), "{why}\n{errors}");
    }
    let (code, _, errors) = run(&folder, "en", &["import", "gone.csv"]);
    assert!(code == 2 && errors.contains("`gone.csv` cannot be read"), "{errors}");
}

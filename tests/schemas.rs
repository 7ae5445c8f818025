//! The JSON Schemas under `schemas/`: as the program writes them, true for all
//! shipped files, and with exactly the keys that the loader takes.

use madoguchi::core::address::Address;
use madoguchi::core::diagnostic::{Diagnostic, SourceFile};
use madoguchi::core::policy::Policy;
use madoguchi::core::ruleset::{Files, Ruleset};
use madoguchi::core::schema::{KINDS, schema};
use madoguchi::shell::config::{Config, Need};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_files_under_schemas_are_what_the_program_writes() {
    for kind in KINDS {
        let written = fs::read_to_string(root().join(format!("schemas/{kind}.json"))).unwrap();
        let now = serde_json::to_string_pretty(&schema(kind).unwrap()).unwrap() + "\n";
        assert_eq!(written, now, "madoguchi schema {kind} > schemas/{kind}.json");
    }
    assert_eq!(fs::read_dir(root().join("schemas")).unwrap().count(), KINDS.len());
}

/// What of JSON Schema draft 7 our schemas use; anything else is a panic.
fn violations(schema: &Value, value: &Value, all: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let inner = all.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return violations(inner, value, all, at, found);
    }
    for (word, rule) in schema.as_object().unwrap() {
        let fine = match word.as_str() {
            "$schema" | "title" | "description" | "definitions" => true,
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                "boolean" => value.is_boolean(),
                other => panic!("{other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => Regex::new(rule.as_str().unwrap()).unwrap().is_match(value.as_str().unwrap_or_default()),
            "minLength" => value.as_str().is_none_or(|s| s.chars().count() as u64 >= rule.as_u64().unwrap()),
            "minimum" => value.as_i64() >= rule.as_i64(),
            "maximum" => value.as_i64() <= rule.as_i64(),
            "minItems" => value.as_array().is_some_and(|a| a.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_some_and(|a| a.len() as u64 <= rule.as_u64().unwrap()),
            "required" => rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "anyOf" => rule.as_array().unwrap().iter().any(|one| {
                let mut inner = Vec::new();
                violations(one, value, all, at, &mut inner);
                inner.is_empty()
            }),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    violations(rule, item, all, &format!("{at}/{index}"), found);
                }
                true
            }
            "properties" => {
                for (key, inner) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        violations(inner, value, all, &format!("{at}/{key}"), found);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = |key: &str| schema["properties"].get(key).is_some();
                for (key, value) in value.as_object().into_iter().flatten().filter(|(key, _)| !known(key)) {
                    match rule {
                        Value::Bool(false) => found.push(format!("{at}: unknown key {key}")),
                        inner => violations(inner, value, all, &format!("{at}/{key}"), found),
                    }
                }
                true
            }
            other => panic!("`{other}` is not understood here"),
        };
        if !fine {
            found.push(format!("{at}: {word} {rule} is not met by {value}"));
        }
    }
}

/// TOML as an editor hands it to a schema: dates are text.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.into_iter().map(|(k, v)| (k, plain(v))).collect(),
        toml::Value::Array(items) => items.into_iter().map(plain).collect(),
        toml::Value::Datetime(when) => json!(when.to_string()),
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(value) => json!(value),
    }
}

fn broken(kind: &str, text: &str) -> Vec<String> {
    let value = plain(toml::from_str(text).unwrap_or_else(|e| panic!("{kind}: {e}\n{text}")));
    let all = schema(kind).unwrap();
    let mut found = Vec::new();
    violations(&all, &value, &all, kind, &mut found);
    found
}

#[test]
fn all_shipped_files_name_their_schema_and_keep_to_it() {
    for entry in fs::read_dir(root().join("rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        let kind = if KINDS.contains(&name) { name } else { "topic" };
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().next(), Some(format!("#:schema ../schemas/{kind}.json").as_str()), "{name}");
        assert_eq!(broken(kind, &text), [""; 0], "{name}");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let config = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(broken("madoguchi", config), [""; 0]);
}

#[test]
fn slips_are_found() {
    let contacts = fs::read_to_string(root().join("rules/contacts.toml")).unwrap();
    assert!(!broken("contacts", &contacts.replace("verified", "verifed")).is_empty());
    assert!(!broken("contacts", &contacts.replacen("[navi-dial]", "[navidial]", 1)).is_empty());
    let topic = fs::read_to_string(root().join("rules/seminar.toml")).unwrap();
    for (right, wrong) in [("forward = \"association\"", "forward = \"asociation\""), ("[strong]", "[strnog]")] {
        let right = if topic.contains(right) { right.to_owned() } else { right.replace("forward =", "forward  =") };
        let slip = topic.replacen(&right, wrong, 1);
        assert!(slip == topic || !broken("topic", &slip).is_empty(), "{wrong}");
    }
    assert!(broken("topic", "strong = { ja = [3] }\n").len() >= 2);
    assert!(!broken("madoguchi", "[secretariat]\naddress = \"a@b.example\"\n[limits]\nper_hour = -1\n").is_empty());
}

/// What is found in one file beside the base set of `tests/broken`.
fn found(name: &str, text: &str) -> Vec<Diagnostic> {
    if name == "madoguchi.toml" {
        let file = SourceFile::new(name, name, text);
        return Config::parse_all(&file, Path::new(name), Need::Rules).1;
    }
    let files = Files { rules: vec![SourceFile::new(name, name, text)], templates: Vec::new() };
    let policy = Policy::new(Address::parse("desk@secretariat.example").unwrap());
    Ruleset::build(&files, policy).err().unwrap()
}

/// The keys that the loader offers in the place of `zzzzzzzz`.
fn offered(name: &str, text: &str) -> BTreeSet<String> {
    let unknown = found(name, text).into_iter().find(|f| f.code == "unknown-key" && f.message.en.contains("zzzzzzzz"));
    let unknown = unknown.unwrap_or_else(|| panic!("{name}: the key is not told\n{text}"));
    let help = unknown.help.unwrap().en;
    let takes = help.split_once(" takes ").unwrap_or_else(|| panic!("{help}")).1;
    takes.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_keys_are_those_that_the_loader_takes() {
    let z = "zzzzzzzz = 1";
    let pattern = "/definitions/pattern/anyOf";
    let cases: Vec<(&str, &str, String, String)> = vec![
        ("topic", "rules/t.toml", "".into(), z.into()),
        ("topic", "rules/t.toml", "/properties/title".into(), format!("[title]\n{z}")),
        ("topic", "rules/t.toml", "/properties/strong".into(), format!("[strong]\n{z}")),
        ("topic", "rules/t.toml", "/properties/weak".into(), format!("[weak]\n{z}")),
        ("topic", "rules/t.toml", "/properties/against/items".into(), format!("[[against]]\n{z}")),
        ("topic", "rules/t.toml", "/properties/example/items".into(), format!("[[example]]\n{z}")),
        (
            "topic",
            "rules/t.toml",
            "/properties/example/items/properties/expect".into(),
            format!("[[example]]\n[example.expect]\n{z}"),
        ),
        ("common", "rules/common.toml", "".into(), z.into()),
        ("common", "rules/common.toml", "/properties/groups/additionalProperties".into(), format!("[groups.a]\n{z}")),
        ("common", "rules/common.toml", "/properties/negation".into(), format!("[negation]\n{z}")),
        ("common", "rules/common.toml", "/properties/veto/items".into(), format!("[[veto]]\n{z}")),
        (
            "common",
            "rules/common.toml",
            "/properties/veto/items/properties/unless/items".into(),
            format!("[[veto]]\n[[veto.unless]]\n{z}"),
        ),
        ("associations", "rules/associations.toml", "".into(), z.into()),
        (
            "associations",
            "rules/associations.toml",
            "/properties/association/items".into(),
            format!("[[association]]\n{z}"),
        ),
        ("calendar", "rules/calendar.toml", "".into(), z.into()),
        ("calendar", "rules/calendar.toml", "/properties/closed/items".into(), format!("[[closed]]\n{z}")),
        ("madoguchi", "madoguchi.toml", "".into(), z.into()),
    ];
    let tables = schema("madoguchi").unwrap()["properties"].as_object().unwrap().clone();
    let of_config = tables.keys().map(|key| {
        let header = if key == "web_form" { format!("[[{key}]]") } else { format!("[{key}]") };
        let items = if key == "web_form" { "/items" } else { "" };
        ("madoguchi", "madoguchi.toml", format!("/properties/{key}{items}"), format!("{header}\n{z}"))
    });
    for (kind, file, pointer, text) in cases.into_iter().chain(of_config) {
        let whole = schema(kind).unwrap();
        let table = whole.pointer(&pointer).unwrap_or_else(|| panic!("{kind}{pointer}"));
        let ours: BTreeSet<String> = table["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(ours, offered(file, &text), "{kind}{pointer}");
    }
    // A contact says of `email` that it is not to be there.
    let contact = schema("contacts").unwrap()["additionalProperties"]["properties"].as_object().unwrap().clone();
    let mut ours: BTreeSet<String> = contact.keys().cloned().collect();
    ours.insert("email".to_owned());
    assert_eq!(ours, offered("rules/contacts.toml", &format!("[desk]\n{z}")));
    // All forms of a pattern together are the keys of its table.
    let whole = schema("topic").unwrap();
    let forms = whole.pointer(pattern).unwrap().as_array().unwrap().iter().skip(1);
    let ours: BTreeSet<String> =
        forms.flat_map(|form| form["properties"].as_object().unwrap().keys().cloned()).collect();
    assert_eq!(ours, offered("rules/t.toml", &format!("[strong]\nja = [{{ all = [\"一二\", \"三四\"], {z} }}]")));
}

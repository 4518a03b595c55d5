//! Our compact contract beside the vendor's own document, where that is at hand.
//!
//! The document is the vendor's and is not kept in the project. Wherever it is present, every
//! endpoint, field, requirement and word of the contract is looked up in it, and every answer it
//! describes is read by the adapter: whole, with nulls wherever it allows them, and with nothing
//! but what it promises.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use callside_testkit::contract_check;
use reqwest::header::HeaderMap;
use serde_json::{Map, Value, json};

use super::*;

/// Deep enough for every row; embeds of embeds go on for ever.
const DEEPEST: usize = 14;

struct Document(Value);

impl Document {
    fn at_hand() -> Option<Self> {
        let beside = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../../shared/reference/sellsy-openapi.yaml"
        );
        let named = std::env::var_os("CALLSIDE_SELLSY_OPENAPI").map(PathBuf::from);
        let path = named.unwrap_or_else(|| PathBuf::from(beside));
        if !path.exists() {
            println!("skipped: the vendor's document is not here (CALLSIDE_SELLSY_OPENAPI)");
            return None;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).unwrap();
        Some(Self(to_json(yaml)))
    }

    /// The node itself, behind any references.
    fn node<'a>(&'a self, node: &'a Value) -> &'a Value {
        let mut node = node;
        while let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            let pointer = reference
                .trim_start_matches('#')
                .replace("%7B", "{")
                .replace("%7D", "}");
            node = self
                .0
                .pointer(&pointer)
                .unwrap_or_else(|| panic!("no such place: {pointer}"));
        }
        node
    }

    fn operation(&self, path: &str, method: &str) -> (&Value, &Value) {
        let item = &self.0["paths"][path];
        let operation = &item[method.to_lowercase()];
        assert!(
            operation.is_object(),
            "{method} {path} is not in the document"
        );
        (self.node(item), self.node(operation))
    }

    /// Schemas that apply together or as alternatives, without those two words.
    fn parts<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.node(schema);
        let mut parts = vec![schema];
        for word in ["allOf", "oneOf", "anyOf"] {
            for part in list(schema.get(word)) {
                parts.extend(self.parts(part));
            }
        }
        parts
    }

    fn property<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        self.parts(schema)
            .into_iter()
            .find_map(|part| part.get("properties")?.get(name))
    }

    fn words<'a>(&'a self, schema: &'a Value, name: &str) -> BTreeSet<&'a str> {
        let parts = self.parts(schema).into_iter();
        parts
            .flat_map(|part| list(part.get(name)))
            .filter_map(Value::as_str)
            .collect()
    }

    fn kind<'a>(&'a self, schema: &'a Value) -> Option<&'a str> {
        self.parts(schema)
            .into_iter()
            .find_map(|part| part.get("type")?.as_str())
    }

    fn says<'a>(&'a self, schema: &'a Value, name: &str) -> Option<&'a Value> {
        self.parts(schema)
            .into_iter()
            .find_map(|part| part.get(name))
    }
}

fn to_json(yaml: serde_yaml_ng::Value) -> Value {
    use serde_yaml_ng::Value as Yaml;
    match yaml {
        Yaml::Sequence(items) => items.into_iter().map(to_json).collect(),
        Yaml::Mapping(fields) => {
            let key = |key: Yaml| match key {
                Yaml::String(text) => text,
                // Status codes without quotes.
                other => serde_yaml_ng::to_string(&other).unwrap().trim().to_owned(),
            };
            Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (key(name), to_json(value)))
                    .collect(),
            )
        }
        Yaml::Tagged(tagged) => to_json(tagged.value),
        scalar => serde_json::to_value(scalar).unwrap(),
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn texts(value: Option<&Value>) -> BTreeSet<&str> {
    list(value).filter_map(Value::as_str).collect()
}

/// Looks a piece of the contract up in the document.
fn compare(document: &Document, ours: &Value, theirs: &Value, at: &str) {
    let kind = ours["type"].as_str().unwrap();
    if let Some(theirs) = document.kind(theirs)
        && kind != "any"
    {
        assert_eq!(kind, theirs, "{at}");
    }
    let words = document.words(theirs, "enum");
    match (ours.get("enum"), ours.get("among")) {
        (Some(all), _) => assert_eq!(texts(Some(all)), words, "{at}"),
        (_, Some(some)) => assert!(texts(Some(some)).is_subset(&words), "{at}"),
        (None, None) => {}
    }
    if ours.get("null") == Some(&json!(true)) {
        assert_eq!(
            document.says(theirs, "nullable"),
            Some(&json!(true)),
            "{at}"
        );
    }
    for (name, theirs_name) in [("least", "minItems"), ("most", "maxItems")] {
        if kind == "array" && ours.get(name).is_some() {
            assert_eq!(ours.get(name), document.says(theirs, theirs_name), "{at}");
        }
    }
    if let Some(most) = document.says(theirs, "maxLength") {
        assert!(ours["longest"].as_u64() <= most.as_u64(), "{at}");
        assert!(ours.get("longest").is_some(), "{at} has a longest length");
    }
    if kind == "array" {
        let items = document.says(theirs, "items").unwrap();
        // Of several shapes that an item may have, ours is one.
        let mut shapes = list(items.get("anyOf"));
        let same =
            |shape: &&Value| texts(shape.get("required")) == texts(ours["of"].get("required"));
        let item = shapes.find(same).unwrap_or(items);
        compare(document, &ours["of"], item, &format!("{at}[]"));
    }
    if kind == "object" {
        let required = document.words(theirs, "required");
        assert_eq!(texts(ours.get("required")), required, "{at}");
        for (name, ours) in ours["fields"].as_object().unwrap() {
            let at = format!("{at}.{name}");
            let theirs = document.property(theirs, name);
            let theirs = theirs.unwrap_or_else(|| panic!("{at} is not in the document"));
            compare(document, ours, theirs, &at);
        }
    }
}

#[test]
fn the_contract_says_what_the_vendor_says() {
    let Some(document) = Document::at_hand() else {
        return;
    };
    let contract: Value = serde_json::from_str(contract_check::SELLSY).unwrap();
    let endpoints = contract["endpoints"].as_array().unwrap();
    assert!(endpoints.len() > 15);
    for endpoint in endpoints {
        let (path, method) = (
            endpoint["path"].as_str().unwrap(),
            endpoint["method"].as_str().unwrap(),
        );
        let at = format!("{method} {path}");
        let (item, operation) = document.operation(path, method);
        let scopes: BTreeSet<&str> = list(operation.get("security"))
            .flat_map(|way| texts(way.get("oauth2")))
            .collect();
        assert_eq!(texts(endpoint.get("scopes")), scopes, "{at}");
        for (name, ours) in endpoint["query"].as_object().unwrap() {
            let at = format!("{at} ?{name}");
            // Arrays carry brackets on their way and none in the document.
            let (bare, is_array) = name
                .strip_suffix("[]")
                .map_or((name.as_str(), false), |n| (n, true));
            let parameters = list(item.get("parameters")).chain(list(operation.get("parameters")));
            let theirs = parameters
                .map(|parameter| document.node(parameter))
                .find(|parameter| parameter["name"] == bare && parameter["in"] == "query")
                .unwrap_or_else(|| panic!("{at} is not in the document"));
            let schema = document.node(&theirs["schema"]);
            let schema = if is_array {
                document.says(schema, "items").unwrap()
            } else {
                schema
            };
            compare(&document, ours, schema, &at);
        }
        let body = document.node(&operation["requestBody"]);
        match endpoint.get("body") {
            Some(ours) => compare(
                &document,
                ours,
                &body["content"]["application/json"]["schema"],
                &at,
            ),
            None => assert!(body.is_null(), "{at} takes a body"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fullness {
    /// Every field, as its example says.
    Whole,
    /// Null wherever null is allowed.
    Nulls,
    /// Nothing that is not promised, but an id.
    Bare,
}

/// An answer of this schema.
fn invent(document: &Document, schema: &Value, fullness: Fullness, depth: usize) -> Value {
    let parts = document.parts(schema);
    let says = |name: &str| parts.iter().find_map(|part| part.get(name));
    if depth > DEEPEST || (fullness == Fullness::Nulls && says("nullable") == Some(&json!(true))) {
        return Value::Null;
    }
    let is_object = parts.iter().any(|part| part.get("properties").is_some());
    if is_object {
        let required = document.words(schema, "required");
        let mut object = Map::new();
        for part in &parts {
            for (name, property) in part
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let wanted =
                    fullness != Fullness::Bare || required.contains(name.as_str()) || name == "id";
                if wanted {
                    object.insert(
                        name.clone(),
                        invent(document, property, fullness, depth + 1),
                    );
                }
            }
        }
        return Value::Object(object);
    }
    if let Some(example) = says("example") {
        return example.clone();
    }
    if let Some(word) = list(says("enum")).next() {
        return word.clone();
    }
    match says("type").and_then(Value::as_str) {
        Some("array") => {
            let items = says("items").unwrap_or(&Value::Null);
            json!([invent(document, items, fullness, depth + 1)])
        }
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(true),
        Some("object") => json!({}),
        _ => json!("text"),
    }
}

/// Reads an answer as the adapter does.
fn digest(path: &str, method: &str, status: u16, body: &Value) -> Result<(), Fault> {
    fn all<T: DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Fault> {
        let page: api::Page = read_as(answer)?;
        let read = rows::<T>(&page);
        assert!(page.pagination.is_some());
        assert_eq!(read.len(), page.data.len(), "a row was passed over");
        Ok(read)
    }
    let answer = Answer::new(status, HeaderMap::new(), body.to_string().into_bytes());
    let answer = judged(answer, "scope")?;
    let connection = ConnectionId::new("sellsy");
    let (links, staff) = (Links::new("https://example.com"), BTreeMap::new());
    let mapping = Mapping {
        connection: &connection,
        links: &links,
        staff: &staff,
    };
    let map = |record: &api::Record| {
        for kind in [
            ContactKind::Individual,
            ContactKind::Company,
            ContactKind::Contact,
        ] {
            assert!(!mapping.contact(kind, record).name.is_empty());
        }
    };
    match (method, path) {
        ("GET", "/staffs") => drop(all::<api::Staff>(&answer)?),
        ("GET", "/staffs/{id}") => drop(map::staff_name(&read_as(&answer)?)),
        ("GET", "/quotas") => {
            let _: api::Quotas = read_as(&answer)?;
        }
        ("POST", "/opportunities/search") => {
            let of = api::Link {
                kind: "company",
                id: 1,
            };
            for row in all::<api::Opportunity>(&answer)? {
                drop(map::opportunity(&row, &of, None));
            }
        }
        ("POST", "/phone-calls/search") => drop(all::<api::PhoneCall>(&answer)?),
        ("GET", "/phone-calls/{id}") => drop(read_as::<api::PhoneCall>(&answer)?),
        ("POST", "/comments/search") => drop(all::<api::Comment>(&answer)?),
        ("GET", "/contacts/{id}/companies") => {
            for row in all::<api::Record>(&answer)? {
                drop(mapping.company(&row));
            }
        }
        ("POST", "/individuals/search" | "/companies/search" | "/contacts/search") => {
            all::<api::Record>(&answer)?.iter().for_each(map);
        }
        ("GET", "/individuals/{id}" | "/companies/{id}" | "/contacts/{id}") => {
            map(&read_as(&answer)?)
        }
        (
            "GET",
            "/individuals/{id}/smart-tags"
            | "/companies/{companyId}/smart-tags"
            | "/contacts/{contactId}/smart-tags",
        ) => drop(read_as::<api::TagList>(&answer)?.whole()),
        ("POST", "/phone-calls" | "/individuals" | "/contacts") => {
            let _: api::Created = read_as(&answer)?;
        }
        // Only the status of these is looked at.
        ("PUT", "/phone-calls/{id}")
        | (
            "POST",
            "/comments"
            | "/individuals/{id}/smart-tags"
            | "/companies/{companyId}/smart-tags"
            | "/contacts/{contactId}/smart-tags",
        )
        | ("GET", "/opportunities/{id}") => {}
        other => panic!("nobody says how {other:?} is read"),
    }
    Ok(())
}

#[test]
fn every_answer_the_vendor_describes_can_be_read() {
    let Some(document) = Document::at_hand() else {
        return;
    };
    let contract: Value = serde_json::from_str(contract_check::SELLSY).unwrap();
    let (mut read, mut refused) = (0, 0);
    for endpoint in contract["endpoints"].as_array().unwrap() {
        let (path, method) = (
            endpoint["path"].as_str().unwrap(),
            endpoint["method"].as_str().unwrap(),
        );
        let (_, operation) = document.operation(path, method);
        for (status, response) in operation["responses"].as_object().unwrap() {
            let Ok(status) = status.parse::<u16>() else {
                continue;
            };
            let content = &document.node(response)["content"]["application/json"];
            let schema = &content["schema"];
            if schema.is_null() {
                continue;
            }
            let mut bodies = Vec::new();
            for fullness in [Fullness::Whole, Fullness::Nulls, Fullness::Bare] {
                bodies.push(invent(&document, schema, fullness, 0));
            }
            bodies.extend(content.get("example").cloned());
            for example in content
                .get("examples")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                bodies.extend(document.node(example.1).get("value").cloned());
            }
            for body in bodies {
                match digest(path, method, status, &body) {
                    Ok(()) => read += 1,
                    Err(fault) => {
                        assert!(status >= 400, "{method} {path} {status}: {fault}");
                        assert_ne!(fault, Fault::Unreadable, "{method} {path} {status}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(read >= 60, "{read} answers were read, {refused} refusals");
}

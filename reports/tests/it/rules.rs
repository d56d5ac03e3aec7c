//! What the readers of Jenkins (junit plugin) and GitLab (its Ruby parser) need of a document,
//! as code: each rule gives the places that break it.

use std::collections::BTreeSet;

use crate::xml::Element;

/// All rules on one document.
pub fn broken_rules(document: &str, root: &Element) -> Vec<String> {
    let mut broken = raw_rules(document);
    if root.name != "testsuites" {
        broken.push(format!("GitLab wants one root `testsuites`, seen `{}`", root.name));
    }
    known(root, &["name", "tests", "skipped", "failures", "errors", "time"], &mut broken);
    counts(root, &mut broken);
    let mut suites = BTreeSet::new();
    for suite in &root.children {
        if !suites.insert(suite.attribute("name")) {
            let name = suite.attribute("name");
            broken.push(format!("Jenkins takes the second suite `{name}` for the first"));
        }
        suite_rules(suite, &mut broken);
    }
    broken
}

/// Rules on bytes, before any parser is lenient.
fn raw_rules(document: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if !document.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {
        broken.push("the declaration names version and encoding".to_owned());
    }
    if document.contains("<!") {
        broken.push("there is no DTD and no CDATA".to_owned());
    }
    let ascii = |c: char| matches!(c, '\n' | ' '..='\u{7e}');
    let wide = |c: char| matches!(c, '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    let allowed = |c: char| ascii(c) || wide(c);
    if let Some(c) = document.chars().find(|c| !allowed(*c)) {
        broken.push(format!("character {c:?} is not for XML 1.0 or a terminal"));
    }
    if document.contains("[[ATTACHMENT|") {
        broken.push("a log line gives an order to fetch a file".to_owned());
    }
    broken
}

fn suite_rules(suite: &Element, broken: &mut Vec<String>) {
    let name = suite.attribute("name");
    known(suite, &["name", "tests", "skipped", "failures", "errors", "time"], broken);
    counts(suite, broken);
    if suite.first("testcase").is_none() {
        broken.push(format!("Jenkins drops suite `{name}`, which has no case"));
    }
    let mut full_names = BTreeSet::new();
    for child in &suite.children {
        match child.name.as_str() {
            "properties" => properties(child, broken),
            "testcase" => {
                case_rules(child, broken);
                // Jenkins makes an address of a name; what is no identifier becomes `_`
                let safe: String = child
                    .attribute("name")
                    .chars()
                    .map(|c| if c.is_alphanumeric() { c } else { '_' })
                    .collect();
                if !full_names.insert((child.attribute("classname"), safe.clone())) {
                    broken.push(format!("two cases of suite `{name}` are `{safe}` to Jenkins"));
                }
            }
            other => broken.push(format!("suite `{name}` has a child `{other}`")),
        }
    }
}

fn case_rules(case: &Element, broken: &mut Vec<String>) {
    known(case, &["name", "classname", "time"], broken);
    let name = case.attribute("name");
    if name.trim().is_empty() {
        broken.push("a case has no name".to_owned());
    }
    let parts: Vec<&str> = case.attribute("classname").split('.').collect();
    if parts.len() != 2 || parts.iter().any(|part| part.trim().is_empty()) {
        broken.push(format!("classname of `{name}` is not `package.class`"));
    }
    if case.attribute("time").parse::<f64>().is_err() {
        broken.push(format!("time of `{name}` is no number"));
    }
    let mut ends = 0;
    for child in &case.children {
        match child.name.as_str() {
            "properties" => properties(child, broken),
            "failure" | "error" => {
                ends += 1;
                end_rules(name, child, &["message", "type"], broken);
            }
            "skipped" => {
                ends += 1;
                end_rules(name, child, &["message"], broken);
            }
            "system-out" => known(child, &[], broken),
            "flakyFailure" | "flakyError" | "rerunFailure" | "rerunError" => {
                rerun_rules(name, child, broken);
            }
            other => broken.push(format!("case `{name}` has a child `{other}`")),
        }
    }
    if ends > 1 {
        broken.push(format!("case `{name}` ends in more than one way"));
    }
    let other = if ends == 0 { "rerun" } else { "flaky" };
    if case.children.iter().any(|child| child.name.starts_with(other)) {
        broken.push(format!("earlier attempts of `{name}` are called {other}"));
    }
}

fn end_rules(case: &str, end: &Element, attributes: &[&str], broken: &mut Vec<String>) {
    known(end, attributes, broken);
    for attribute in attributes {
        if end.attribute(attribute).trim().is_empty() {
            broken.push(format!("{} of `{case}` has no {attribute}", end.name));
        }
    }
    // without a text GitLab shows the attributes as a Ruby hash
    if end.text.trim().is_empty() {
        broken.push(format!("{} of `{case}` has no text, the one thing GitLab shows", end.name));
    }
    // ActiveSupport casts the text of an element by these types, and refuses some of them
    let casts = [
        "array",
        "base64Binary",
        "boolean",
        "date",
        "datetime",
        "dateTime",
        "decimal",
        "double",
        "duration",
        "file",
        "float",
        "hexBinary",
        "integer",
        "string",
        "symbol",
        "yaml",
    ];
    if casts.contains(&end.attribute("type")) {
        broken.push(format!("type of `{case}` makes GitLab cast its text"));
    }
}

/// Earlier attempts: `flaky…` of a case that passed, `rerun…` of one that did not.
fn rerun_rules(case: &str, rerun: &Element, broken: &mut Vec<String>) {
    for child in &rerun.children {
        if !matches!(child.name.as_str(), "system-out" | "stackTrace") {
            broken.push(format!("rerun of `{case}` has a child `{}`", child.name));
        }
    }
    end_rules(case, rerun, &["message", "type"], broken);
}

fn properties(properties: &Element, broken: &mut Vec<String>) {
    known(properties, &[], broken);
    for property in &properties.children {
        known(property, &["name", "value"], broken);
        let named = property.name == "property" && !property.attribute("name").is_empty();
        if !named || !property.attributes.contains_key("value") {
            broken.push(format!("`{}` is no property with name and value", property.name));
        }
    }
}

/// Only attributes that Jenkins' schema knows, and none with a line break: XML folds those.
fn known(element: &Element, names: &[&str], broken: &mut Vec<String>) {
    for (name, value) in &element.attributes {
        if !names.contains(&name.as_str()) {
            broken.push(format!("`{}` has an attribute `{name}`", element.name));
        }
        if value.contains('\n') {
            broken.push(format!("attribute `{name}` of `{}` has a line break", element.name));
        }
    }
}

/// The numbers of an element are those of the cases in it.
fn counts(element: &Element, broken: &mut Vec<String>) {
    let seen = [
        ("tests", cases(element, &|_| true)),
        ("failures", cases(element, &|case| case.first("failure").is_some())),
        ("errors", cases(element, &|case| case.first("error").is_some())),
        ("skipped", cases(element, &|case| case.first("skipped").is_some())),
    ];
    for (name, count) in seen {
        if element.attribute(name) != count.to_string() {
            let said = element.attribute(name);
            broken.push(format!("`{}` says {name} {said}, there are {count}", element.name));
        }
    }
}

/// Cases in an element, at any depth, that are so.
pub fn cases(element: &Element, so: &dyn Fn(&Element) -> bool) -> usize {
    let here = usize::from(element.name == "testcase" && so(element));
    here + element.children.iter().map(|child| cases(child, so)).sum::<usize>()
}

//! What expressions mean, in tables; and that CEL means the same.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::*;

fn expr(text: &str) -> Expr {
    let program = compile(text);
    assert_eq!(program.mistakes, [], "{text}");
    let whole = Span::new(1, 1, 1);
    Expr::new(Arc::new(program), Places { whole, runs: vec![(0, 1, 2)] })
}

/// Calls that were counted beforehand.
struct Counted;

impl Calls for Counted {
    fn launches(&self, role: &str, object: Option<&str>) -> i64 {
        match (role, object) {
            ("provision", None) => 3,
            ("provision", Some("vm1")) => 2,
            _ => 0,
        }
    }
    fn attempts(&self, _: &str, _: Option<&str>) -> i64 {
        5
    }
    fn cancels(&self, object: Option<&str>) -> i64 {
        i64::from(object.is_none())
    }
    fn gets(&self, job: Option<&str>) -> i64 {
        job.map_or(100, |job| job.parse().unwrap())
    }
    fn lookups(&self) -> i64 {
        7
    }
    fn webhooks(&self, role: &str, _: Option<&str>) -> i64 {
        i64::from(role == "provision")
    }
    fn sent(&self, from: &str, to: &str, verb: &str) -> i64 {
        i64::from((from, to, verb) == ("operator", "aap", "launch"))
    }
    fn first(&self, what: &str) -> Option<i64> {
        (what == "cancel").then_some(1500)
    }
    fn last(&self, what: &str) -> Option<i64> {
        (what == "cancel").then_some(2500)
    }
    fn felt(&self, fault: &str) -> i64 {
        i64::from(fault == "conflict")
    }
    fn job_states(&self, _: &str, nth: i64) -> Vec<String> {
        if nth == 1 { vec!["pending".to_owned(), "running".to_owned()] } else { Vec::new() }
    }
    fn active_jobs(&self, _: Option<&str>) -> i64 {
        0
    }
}

fn object() -> Value {
    json!({
        "kind": "ComputeInstance",
        "metadata": {"name": "vm1", "labels": {"b": "2", "a": "1"}, "generation": 2},
        "status": {
            "phase": "Running",
            "provisionJob": {"id": "12", "state": "Succeeded", "attempt": 1},
            "conditions": [
                {"type": "Ready", "status": "True"},
                {"type": "Provisioned", "status": "False"},
            ],
        },
    })
}

fn check(text: &str) -> Result<Value, String> {
    let (object, old, request) = (object(), json!({"status": {"phase": "Starting"}}), json!({}));
    let (bindings, profile) = (json!({"n": 2, "list": [1, 2]}), json!({"name": "embedded"}));
    let scope = Scope {
        object: Some(&object),
        old: Some(&old),
        request: Some(&request),
        calls: Some(Arc::new(Counted)),
        now: "2026-02-08T12:00:00.7Z".parse().unwrap(),
        ..Scope::new(&bindings, &profile)
    };
    expr(text).eval(&scope).map_err(|error| error.to_string())
}

#[test]
fn values_of_expressions() {
    for (text, value) in [
        ("1 + 2 * 3 - 4 / 2", json!(5)),
        ("7 % 3", json!(1)),
        ("-bindings.n", json!(-2)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1.5 + 2.5", json!(4.0)),
        ("0x10 == 16 && 1e3 == 1000", json!(true)),
        ("1 == 1.0 && 1 < 1.5", json!(true)),
        ("'a' + \"b\" == 'ab'", json!(true)),
        ("'\\u00e4\\n\\x41\\101' == 'ä\\nAA'", json!(true)),
        ("r'\\d' == '\\\\d'", json!(true)),
        ("'''a'b''' == 'a\\'b'", json!(true)),
        ("[1, 2,] + [3] == [1, 2, 3]", json!(true)),
        ("{'a': 1, 'b': [1]} == {'b': [1], 'a': 1.0}", json!(true)),
        ("{'b': 1, 'a': 2}.map(k, k)", json!(["a", "b"])),
        ("object.metadata.labels.map(k, object.metadata.labels[k])", json!(["1", "2"])),
        ("'a' in object.metadata.labels && !('z' in object.metadata.labels)", json!(true)),
        ("2 in bindings.list && 3 in [3.0]", json!(true)),
        ("bindings.list[1]", json!(2)),
        ("true ? 1 : 2", json!(1)),
        ("false ? 1 : true ? 2 : 3", json!(2)),
        ("has(object.status.phase) && !has(object.status.nothing)", json!(true)),
        ("has(object.nothing.at.all)", json!(false)),
        ("object.status.nothing.at.all", Value::Null),
        ("object.status.nothing == null && object.status.phase != null", json!(true)),
        ("object.status.conditions[9].status", Value::Null),
        (
            "object.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True')",
            json!(true),
        ),
        ("object.status.conditions.all(c, c.status == 'True')", json!(false)),
        ("object.status.conditions.exists_one(c, c.status == 'True')", json!(true)),
        ("object.status.conditions.filter(c, c.status == 'True').map(c, c.type)", json!(["Ready"])),
        ("object.status.conditions.map(c, c.status == 'False', c.type)", json!(["Provisioned"])),
        ("object.status.jobHistory.all(j, false)", json!(true)),
        ("size(object.status.jobHistory) + size('äö') + [1].size()", json!(3)),
        ("[[1, 2], [3]].map(x, x.map(y, y + size(x)))", json!([[3, 4], [4]])),
        ("[1].map(object, object + 1)", json!([2])),
        ("old.status.phase == 'Starting'", json!(true)),
        ("self.status.phase", json!("Running")),
        ("profile.name", json!("embedded")),
        ("'Vm-1'.lowerAscii() + ' x '.trim() + 'a'.upperAscii()", json!("vm-1xA")),
        ("'a,b'.split(',').join('-').replace('-', '+')", json!("a+b")),
        ("'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('bc')", json!(true)),
        ("'vm12'.matches('^vm[0-9]+$')", json!(true)),
        ("int('3') + int(4.9) + int(object.status.provisionJob.id)", json!(19)),
        ("double('1.5') + double(1)", json!(2.5)),
        ("string(1) + string(true) + string(1.5)", json!("1true1.5")),
    ] {
        assert_eq!(check(text), Ok(value), "{text}");
    }
}

#[test]
fn values_of_times_and_calls() {
    for (text, value) in [
        ("now()", json!("2026-02-08T12:00:00Z")),
        ("now(-60)", json!("2026-02-08T11:59:00Z")),
        ("timestamp(now(90)) - timestamp(now()) == duration('1m30s')", json!(true)),
        ("(timestamp(now(90)) - timestamp(now())).getSeconds()", json!(90)),
        ("duration('90s') + duration('500ms')", json!("90.5s")),
        ("timestamp('2026-01-01T00:00:00Z') + duration('1h')", json!("2026-01-01T01:00:00Z")),
        ("calls.launches('provision') + calls.launches('provision', 'vm1')", json!(5)),
        ("calls.attempts('provision') + calls.cancels() + calls.cancels('vm1')", json!(6)),
        ("calls.gets() + calls.gets('12') + calls.gets(12)", json!(124)),
        ("calls.lookups() + calls.webhooks('provision')", json!(8)),
        ("calls.sent('operator', 'aap', 'launch')", json!(1)),
        ("calls.first('cancel') < calls.last('cancel')", json!(true)),
        ("calls.first('launch:provision')", Value::Null),
        ("calls.felt('conflict')", json!(1)),
        ("calls.jobStates('provision', 1)", json!(["pending", "running"])),
        ("calls.activeJobs()", json!(0)),
        ("false && 1 / 0 == 1 || true", json!(true)),
        ("1 / 0 == 1 && false", json!(false)),
        ("true || 1 / 0 == 1", json!(true)),
        ("// a comment\n1 // another\n", json!(1)),
    ] {
        assert_eq!(check(text), Ok(value), "{text}");
    }
}

#[test]
fn errors_name_the_part_that_failed() {
    for (text, message) in [
        ("1 / 0", "the result is out of bounds: `1 / 0`"),
        ("9223372036854775807 + 1", "the result is out of bounds: `9223372036854775807 + 1`"),
        (
            "true && object.status.nothing > 3",
            "null and int have no order: `object.status.nothing > 3`",
        ),
        ("1 + object.kind", "int and string do not go together here: `1 + object.kind`"),
        ("object.kind.name", "a string has no field `name`: `object.kind.name`"),
        ("1 && true", "true or false is needed, this is int: `1`"),
        ("!object.kind", "true or false is needed, this is string: `object.kind`"),
        (
            "object.status.nothing.startsWith('a')",
            "a text is needed, this is null: `object.status.nothing.startsWith('a')`",
        ),
        ("[1][true]", "a bool is no index: `[1][true]`"),
        ("'a' in 'abc'", "a string holds no string: `'a' in 'abc'`"),
        ("{'a': 1, 'a': 2}", "the key is there twice: `'a'`"),
        ("int('x')", "`x` is no whole number: `int('x')`"),
        ("size(1)", "a int has no size: `size(1)`"),
    ] {
        assert_eq!(check(text), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn an_error_stands_at_its_place_in_the_file() {
    let (bindings, profile) = (json!({}), json!({}));
    let error = expr("true && 1 / 0 == 1").eval(&Scope::new(&bindings, &profile)).unwrap_err();
    assert_eq!(error.span, Span::new(1, 10, 5));
}

#[test]
fn the_explanation_shows_what_a_condition_looked_at() {
    let (bindings, profile) = (json!({"n": 1}), json!({}));
    let scope = Scope { calls: Some(Arc::new(Counted)), ..Scope::new(&bindings, &profile) };
    let text = "calls.launches('provision') == bindings.n && (calls.cancels() == 0 || 1 / 0 == 1) \
                && calls.launches('provision') > 0 && [1].exists(x, x == 1)";
    let seen = expr(text).explain(&scope);
    let shown: Vec<String> = seen
        .iter()
        .map(|seen| match &seen.value {
            Ok(value) => format!("{} = {value}", seen.part),
            Err(error) => format!("{} ! {}", seen.part, error.message),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "calls.launches('provision') = 3",
            "bindings.n = 1",
            "calls.cancels() = 1",
            "1 / 0 ! the result is out of bounds",
            "[1].exists(x, x == 1) = true",
        ]
    );
}

#[test]
fn an_expression_that_runs_too_long_is_stopped() {
    let list = format!("[{}]", vec!["1"; 100].join(", "));
    let text = format!("{list}.all(a, {list}.all(b, {list}.all(c, a + b + c > 0)))");
    let error = check(&text).unwrap_err();
    assert!(error.starts_with("the expression takes too many steps"), "{error}");
}

/// The value that the `cel` crate gives; none where it gives an error.
fn second_opinion(text: &str) -> Option<Value> {
    let env = Arc::new(cel::Env::stdlib());
    let program = env.compile(text).ok()?;
    let mut context = cel::Context::with_env(env);
    context
        .add_variable("bindings", cel::to_value(json!({"n": 2, "s": "ab", "l": [1, 2]})).ok()?)
        .ok()?;
    as_json(&program.execute(&context).ok()?)
}

fn as_json(value: &cel::Value) -> Option<Value> {
    Some(match value {
        cel::Value::Null => Value::Null,
        cel::Value::Bool(b) => json!(b),
        cel::Value::Int(i) => json!(i),
        cel::Value::UInt(u) => json!(u),
        cel::Value::Float(f) => json!(f),
        cel::Value::String(s) => json!(s.as_str()),
        cel::Value::List(list) => list.iter().map(as_json).collect::<Option<Vec<_>>>()?.into(),
        cel::Value::Map(map) => {
            let entry = |(key, value): (&cel::objects::Key, &cel::Value)| match key {
                cel::objects::Key::String(key) => Some((key.to_string(), as_json(value)?)),
                _ => None,
            };
            Value::Object(map.map.iter().map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// One of several strategies.
fn one(choices: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    proptest::strategy::Union::new(choices).boxed()
}

fn fixed(texts: &[&str]) -> BoxedStrategy<String> {
    proptest::sample::select(texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).boxed()
}

/// Two parts with something between them, in parentheses or not.
fn pair(
    a: BoxedStrategy<String>,
    marks: &[&'static str],
    b: BoxedStrategy<String>,
) -> BoxedStrategy<String> {
    (a, proptest::sample::select(marks.to_vec()), b, any::<bool>())
        .prop_map(
            |(a, mark, b, closed)| {
                if closed { format!("({a} {mark} {b})") } else { format!("{a} {mark} {b}") }
            },
        )
        .boxed()
}

fn with(inner: BoxedStrategy<String>, shape: &'static str) -> BoxedStrategy<String> {
    inner.prop_map(move |text| shape.replace('#', &text)).boxed()
}

/// Expressions that are mostly numbers.
fn numbers(depth: u32) -> BoxedStrategy<String> {
    let leaf = fixed(&["0", "1", "2", "-3", "1.5", "bindings.n", "0x1F", "7"]);
    if depth == 0 {
        return leaf;
    }
    let less = || numbers(depth - 1);
    one(vec![
        leaf,
        pair(less(), &["+", "-", "*", "/", "%"], less()),
        with(less(), "-(#)"),
        with(texts(depth - 1), "size(#)"),
        with(lists(depth - 1), "(#).size()"),
        with(lists(depth - 1), "(#)[0]"),
        (truths(depth - 1), less(), less())
            .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})"))
            .boxed(),
    ])
}

/// Expressions that are mostly true or false.
fn truths(depth: u32) -> BoxedStrategy<String> {
    let leaf =
        fixed(&["true", "false", "has(bindings.n)", "has(bindings.z)", "bindings.n == null"]);
    if depth == 0 {
        return leaf;
    }
    let less = || truths(depth - 1);
    one(vec![
        leaf,
        pair(less(), &["&&", "||", "==", "!="], less()),
        pair(numbers(depth - 1), &["==", "!=", "<", "<=", ">", ">="], numbers(depth - 1)),
        pair(texts(depth - 1), &["==", "!=", "<", ">="], texts(depth - 1)),
        pair(lists(depth - 1), &["==", "!="], lists(depth - 1)),
        pair(numbers(depth - 1), &["in"], lists(depth - 1)),
        pair(texts(depth - 1), &["in"], fixed(&["bindings", "{'a': 1, 'b': 2}", "['a', 'ab']"])),
        pair(numbers(depth - 1), &["==", "&&", "||"], less()),
        with(less(), "!(#)"),
        with(lists(depth - 1), "(#).all(x, x > 0)"),
        with(lists(depth - 1), "(#).exists(x, x == 1 || x / 0 > 1)"),
        with(lists(depth - 1), "(#).exists_one(x, x == bindings.n)"),
        with(texts(depth - 1), "(#).startsWith('a')"),
        with(texts(depth - 1), "'abab'.endsWith(#)"),
        with(texts(depth - 1), "(#).contains('b')"),
    ])
}

/// Expressions that are mostly texts.
fn texts(depth: u32) -> BoxedStrategy<String> {
    let leaf = fixed(&["'a'", "\"ab\"", "''", "r'\\d'", "'\\u00e4\\n'", "bindings.s"]);
    if depth == 0 {
        return leaf;
    }
    one(vec![
        leaf,
        pair(texts(depth - 1), &["+"], texts(depth - 1)),
        with(numbers(depth - 1), "string(#)"),
    ])
}

/// Expressions that are mostly lists of numbers.
fn lists(depth: u32) -> BoxedStrategy<String> {
    let leaf = fixed(&["[]", "[1, 2, 3]", "[1.5, 2]", "bindings.l", "['a', 1]"]);
    if depth == 0 {
        return leaf;
    }
    one(vec![
        leaf,
        pair(lists(depth - 1), &["+"], lists(depth - 1)),
        with(numbers(depth - 1), "[#]"),
        with(lists(depth - 1), "(#).map(x, x * 2)"),
        with(lists(depth - 1), "(#).map(y, y > 1, y + 1)"),
        with(lists(depth - 1), "(#).filter(x, x != 2 && (#).exists(y, y == x))"),
    ])
}

fn expressions() -> BoxedStrategy<String> {
    one(vec![truths(3), numbers(3), texts(2), lists(3)])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    /// Where CEL gives a value, so do we, and the same. Where it gives an error we may give null
    /// for what is not there, by rule.
    #[test]
    fn cel_gives_the_same_value(text in expressions()) {
        let bindings = json!({"n": 2, "s": "ab", "l": [1, 2]});
        let profile = json!({});
        if let Some(expected) = second_opinion(&text) {
            let program = compile(&text);
            prop_assert!(program.mistakes.is_empty(), "{text}: {:?}", program.mistakes);
            let value = expr(&text).eval(&Scope::new(&bindings, &profile));
            prop_assert_eq!(value.map_err(|error| error.to_string()), Ok(expected), "{}", text);
        }
    }
}

//! Text that nobody meant well: an answer, not a panic and not a hang.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use scenario::parse;

/// Pieces that files are made of, and pieces that break them.
const PIECES: [&str; 40] = [
    "apiVersion: e2e.osac.openshift.io/v1alpha1\n",
    "kind: Scenario\n",
    "metadata: {name: a, labels: {id: S01}}\n",
    "spec:\n",
    "  title: x\n",
    "  requires: [vm, crash]\n",
    "  bindings: {n: 1, m: {k: [1, 2]}}\n",
    "  world:\n",
    "    faults:\n",
    "    - {name: f, when: (request.verb == \"get\"), times: (bindings.n), reply: {status: 500}}\n",
    "    aap: {provision: {launches: [{running: 5s}]}}\n",
    "    objects: [{kind: ComputeInstance, metadata: {name: vm1}, spec: (profile.spec)}]\n",
    "  variants:\n",
    "  - {name: one, bindings: {n: 2}, world: {provider: eda}}\n",
    "  - {name: two, steps: []}\n",
    "  steps:\n",
    "  - name: s\n",
    "    try:\n",
    "    - create: {resource: {kind: ComputeInstance, metadata: {name: vm1}}}\n",
    "    - assert: {timeout: 5m, resource: {kind: ComputeInstance, (self.x): 1}}\n",
    "    - wait: {for: {expression: (calls.cancels() == 0)}}\n",
    "  eventually:\n",
    "  - {that: (",
    "object.status.phase",
    " == \"Running\")}\n",
    "calls.launches(\"provision\")",
    ".map(x, x + 1)",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "- ",
    "[",
    "}",
    "(",
    "\"",
    "\t",
    "\u{feff}",
    "ä\u{202e}",
    "\\u0000",
];

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,400}") {
        let parsed = parse("a.yaml", &text);
        prop_assert!(parsed.scenario.is_some() || !parsed.diagnostics.is_empty());
        for diagnostic in &parsed.diagnostics {
            prop_assert!(!diagnostic.render(&parsed.source).is_empty());
        }
    }

    #[test]
    fn any_bytes_that_are_text_get_an_answer(bytes in vec(any::<u8>(), 0..300)) {
        let parsed = parse("a.yaml", &String::from_utf8_lossy(&bytes));
        prop_assert!(parsed.scenario.is_some() || !parsed.diagnostics.is_empty());
    }

    #[test]
    fn any_mix_of_pieces_gets_an_answer(picks in vec(0..PIECES.len(), 0..40)) {
        let text: String = picks.iter().map(|n| PIECES[*n]).collect();
        let parsed = parse("a.yaml", &text);
        prop_assert!(parsed.scenario.is_some() || !parsed.diagnostics.is_empty());
        for diagnostic in &parsed.diagnostics {
            prop_assert!(!diagnostic.render(&parsed.source).is_empty());
        }
    }

    #[test]
    fn any_expression_gets_an_answer(inner in "[a-z0-9.()\\[\\]{}\"'&|!=<>?:, +*/%-]{0,120}") {
        let quoted = inner.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!("{HEAD}  eventually:\n  - that: \"({quoted})\"\n");
        let parsed = parse("a.yaml", &text);
        for diagnostic in &parsed.diagnostics {
            prop_assert!(!diagnostic.render(&parsed.source).is_empty());
        }
    }

    /// A scenario with a piece torn out or doubled.
    #[test]
    fn any_wound_of_a_good_file_gets_an_answer(
        from in 0_usize..4000, length in 0_usize..60, twice in any::<bool>()
    ) {
        let text = include_str!("valid/s06-conflicts-and-stale-caches.yaml");
        let cut = |n: usize| {
            let n = n.min(text.len());
            (0..=n).rev().find(|n| text.is_char_boundary(*n)).unwrap()
        };
        let (from, to) = (cut(from), cut(from + length));
        let middle = if twice { text[from..to].repeat(2) } else { String::new() };
        let parsed = parse("a.yaml", &format!("{}{middle}{}", &text[..from], &text[to..]));
        prop_assert!(parsed.scenario.is_some() || !parsed.diagnostics.is_empty());
    }
}

const HEAD: &str = "apiVersion: e2e.osac.openshift.io/v1alpha1\nkind: Scenario\n\
                    metadata: {name: a}\nspec:\n  title: t\n";

#[test]
fn expressions_of_any_depth_get_an_answer() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("{'a':", "1", "}"),
        ("!", "true", ""),
        ("-", "1", ""),
        ("true ? ", "1", " : 2"),
        ("[1].map(x, ", "x", ")"),
        ("object.a.", "b", ".c"),
        ("1 + ", "1", " + 1"),
        ("true && ", "true", " || false"),
        ("size(", "[]", ")"),
        ("object[", "0", "]"),
    ] {
        for depth in [1, 10, 31, 33, 100, 190, 1000] {
            let inner = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));

            let text = format!("{HEAD}  eventually:\n  - that: >-\n      ({inner})\n");
            let parsed = parse("a.yaml", &text);
            assert!(parsed.scenario.is_none());
        }
    }
}

#[test]
fn long_chains_inside_many_brackets_get_an_answer() {
    for link in ["1 + 1 + ", "1 - -", "true && !", "a.b.c.d.", "a[0][0]", "1 == 1 ? 1 : "] {
        for (depth, links) in [(11, 15), (11, 60), (12, 100), (8, 190), (0, 199)] {
            let chain =
                format!("{}{}1{}", "(".repeat(depth), link.repeat(links), ")".repeat(depth));
            let text = format!("{HEAD}  eventually:\n  - that: >-\n      ({chain})\n");
            assert!(parse("a.yaml", &text).scenario.is_none());
        }
    }
}

#[test]
fn files_of_any_size_get_an_answer() {
    for text in [
        "a".repeat(2 << 20),
        "a: ".repeat(1 << 18),
        "- - - - ".repeat(1 << 15),
        "{".repeat(1 << 19),
        "\n".repeat(1 << 20),
        "# comment\n".repeat(1 << 16),
        format!("{HEAD}  covers: [{}]\n", "a, ".repeat(100_000)),
        format!(
            "{HEAD}  steps:\n{}",
            "  - {name: a, try: [{sleep: {duration: 0}}]}\n".repeat(3000)
        ),
        format!("{HEAD}  description: \"{}\"\n", "x".repeat(1 << 19)),
        format!("{HEAD}  variants: [{}]\n{}", variants(200), steps(1500)),
        format!("{HEAD}  variants: [{}]\n{}", variants(3000), steps(300)),
        format!("{HEAD}  bindings: {{{}}}\n", "a: 1, ".repeat(5000)),
    ] {
        let parsed = parse("a.yaml", &text);
        assert!(!parsed.diagnostics.is_empty());
        assert!(parsed.scenario.is_none());
    }
}

fn variants(count: usize) -> String {
    (0..count).map(|n| format!("{{name: v{n}, bindings: {{n: {n}}}}}, ")).collect()
}

/// Steps with a mistake each.
fn steps(count: usize) -> String {
    let step = |n| format!("  - {{name: s{n}, try: [{{sleep: {{duration: (bindings.m)}}}}]}}\n");
    format!("  steps:\n{}", (0..count).map(step).collect::<String>())
}

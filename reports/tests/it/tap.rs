//! A reader of TAP 14, strict where readers in the field are lenient.

/// A test point.
pub struct Point {
    pub ok: bool,
    pub name: String,
    /// The reason of a `SKIP`.
    pub skip: Option<String>,
    /// What the block of YAML says.
    pub verdict: String,
}

/// All test points of a document; numbered from 1, as many as the plan says, each with its block.
pub fn read(document: &str) -> Vec<Point> {
    let mut lines = document.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
    let mut points: Vec<Point> = Vec::new();
    while let Some(line) = lines.next() {
        let (ok, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok ").expect("a test point")),
        };
        let (number, rest) = rest.split_once(" - ").unwrap();
        assert_eq!(number.parse::<usize>().unwrap(), points.len() + 1);
        let (name, skip) = description(rest);
        let mut verdict = String::new();
        assert_eq!(lines.next(), Some("  ---"));
        for field in lines.by_ref().take_while(|line| *line != "  ...") {
            let (key, value) = field.strip_prefix("  ").unwrap().split_once(": ").unwrap();
            let value: serde_json::Value = serde_json::from_str(value).unwrap();
            if key == "verdict" {
                verdict = value.as_str().unwrap().to_owned();
            }
        }
        points.push(Point { ok, name, skip, verdict });
    }
    assert_eq!(points.len(), plan);
    points
}

/// The description without its escapes, and the reason of a `SKIP` behind a `#` that is none.
fn description(raw: &str) -> (String, Option<String>) {
    let mut texts = vec![String::new()];
    let mut rest = raw.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => texts.last_mut().unwrap().extend(rest.next()),
            '#' => texts.push(String::new()),
            c => texts.last_mut().unwrap().push(c),
        }
    }
    assert!(texts.len() <= 2, "two directives in {raw}");
    let skip = texts.get(1).map(|text| text.strip_prefix(" SKIP ").expect("a SKIP").to_owned());
    (texts[0].trim_end().to_owned(), skip)
}

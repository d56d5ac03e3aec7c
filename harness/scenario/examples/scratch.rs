//! scratch
use std::time::Instant;
fn main() {
    let mut files = vec![];
    for dir in ["scenarios", "scenarios/compute-instance", "harness/scenario/tests/valid"] {
        if let Ok(d) = std::fs::read_dir(dir) {
            for e in d {
                let p = e.unwrap().path();
                if p.extension().is_some_and(|x| x == "yaml") {
                    files.push((
                        p.file_name().unwrap().to_str().unwrap().to_string(),
                        std::fs::read_to_string(&p).unwrap(),
                    ));
                }
            }
        }
    }
    let quiet = std::env::args().nth(1).is_some();
    let mut best = [u128::MAX; 3];
    for round in 0..15 {
        let t = Instant::now();
        let (mut n, mut bytes) = (0, 0);
        for (name, text) in &files {
            let p = scenario::parse(name, text);
            bytes += text.len();
            if round == 0 && !quiet {
                for d in &p.diagnostics {
                    print!("{}", d.render(&p.source));
                }
            }
            if let Some(s) = p.scenario {
                n += s.plans(&scenario::Profile::embedded()).unwrap().len();
            }
        }
        best[0] = best[0].min(t.elapsed().as_micros());
        let t = Instant::now();
        for (_, text) in &files {
            n += scenario::bench_yaml(text);
        }
        best[1] = best[1].min(t.elapsed().as_micros());
        let mut exprs = 0;
        let t = Instant::now();
        for (_, text) in &files {
            let mut seen = std::collections::BTreeSet::new();
            for line in text.lines() {
                if let (Some(a), Some(b)) = (line.find(": ("), line.rfind(')')) {
                    if a + 3 < b {
                        let e = &line[a + 3..b];
                        if seen.insert(e) {
                            exprs += 1;
                            n += scenario::bench_expr(e);
                        }
                    }
                }
            }
        }
        best[2] = best[2].min(t.elapsed().as_micros());
        if round == 14 {
            println!(
                "{} files {} bytes {} plans {} exprs: {:?}",
                files.len(),
                bytes,
                n,
                exprs,
                best
            );
        }
    }
}

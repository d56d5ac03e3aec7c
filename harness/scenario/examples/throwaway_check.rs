//! throwaway
#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::allow_attributes)]
fn main() {
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file).unwrap();
        let parsed = scenario::parse(&file, &text);
        for d in &parsed.diagnostics { println!("{}", d.render(&parsed.source)); }
        if let Some(s) = &parsed.scenario {
            match s.plans(&scenario::Profile::embedded()) {
                Ok(plans) => println!("{file}: {} plans", plans.len()),
                Err(ds) => for d in ds { println!("{}", d.render(&parsed.source)); }
            }
        }
    }
}

//! The operator's binary. `operator crds` prints the definitions that it needs in a cluster;
//! without arguments it works, against the cluster of the kubeconfig or of its service account.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => operator::process::serve().await,
        ["crds"] => operator::process::print_crds(&mut std::io::stdout()),
        _ => return operator::process::usage(&mut std::io::stderr()),
    };
    operator::process::exit(result, &mut std::io::stderr())
}

//! Puts an operator that is a process together.

use scenario::plan::Plan;
use scenario::profile::Process;
use tempfile::TempDir;

use super::life::{self, Start};
use super::settings::{Facts, Places};
use super::sockets::{self, Ready, Sockets};
use crate::world::actors::eda::Receiver;
use crate::world::classify::Speaks;
use crate::world::lines::{CLUSTER, Lines};
use crate::world::operator_control::OperatorControl;
use crate::world::target::Program;
use crate::world::wire::Wire;

/// What a process needs for as long as it lives.
pub struct Held {
    _sockets: Sockets,
    _home: TempDir,
}

/// The operator of a world, as a program that does not run yet.
///
/// # Errors
/// What the system refused: a port, a folder.
pub async fn operator(
    plan: &Plan,
    lines: &Lines,
    receiver: &Receiver,
    token: &str,
    program: &Program,
    process: &Process,
) -> Result<(OperatorControl, Held), String> {
    let refused = |what: &str| {
        let what = what.to_owned();
        move |error: std::io::Error| format!("the system refused {what}: {error}")
    };
    let ready = Ready::when_watched(&process.watches);
    let mut sockets = Sockets::default();
    let kube =
        ready.before(Wire::new(lines.api.service(), lines.hop("operator", CLUSTER, Speaks::Kube)));
    let aap = Wire::new(lines.aap.service(), lines.hop("operator", "aap", Speaks::Aap));
    let eda = Wire::new(receiver.service(), lines.hop("operator", "eda", Speaks::Eda));
    let kube = sockets.serve(kube).await.map_err(refused("a port"))?;
    let aap = sockets.serve(aap).await.map_err(refused("a port"))?;
    let eda = sockets.serve(eda).await.map_err(refused("a port"))?;

    let home = tempfile::Builder::new().prefix("osac-e2e-").tempdir();
    let home = home.map_err(refused("a folder for the operator"))?;
    let kubeconfig = home.path().join("kubeconfig");
    let written = std::fs::write(&kubeconfig, sockets::kubeconfig(&format!("http://{kube}")));
    written.map_err(refused("a kubeconfig for the operator"))?;
    let places = Places {
        kubeconfig: &kubeconfig,
        aap: &format!("http://{aap}"),
        eda: &format!("http://{eda}"),
        token,
    };
    let recorder = lines.recorder.clone();
    let start = Start {
        program: program.clone(),
        process: process.clone(),
        facts: Facts::new(plan, &places, *recorder.clock()),
        home: home.path().to_owned(),
        recorder: recorder.clone(),
        ready: ready.clone(),
    };
    let begin = life::lives(start);
    let provider = plan.world.provider;
    let control = OperatorControl::new(begin, Some(ready.listen()), provider, recorder);
    Ok((control, Held { _sockets: sockets, _home: home }))
}

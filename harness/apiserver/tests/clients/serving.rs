//! A server on a socket of loopback, and a folder with its kubeconfig.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use apiserver::listen::{self, Identity, Kubeconfig, Listening};
use apiserver::{Anonymous, ApiServer, User};
use tokio::runtime::Runtime;
use tower::Layer as _;

use crate::settings;
use crate::support;

/// Of the only user, in a server that lives as long as its test.
const TOKEN: &str = "of-the-test";

/// A server with the widgets that answers over TLS until it is dropped.
pub struct Serving {
    pub folder: PathBuf,
    listening: Option<Listening>,
    runtime: Runtime,
}

/// What came of a child process.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    /// Standard output, then standard error.
    pub text: String,
}

impl Serving {
    /// `name` tells the folders of servers apart.
    pub fn start(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left behind by a run before, perhaps.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (listening, identity) = runtime.block_on(async {
            let server: ApiServer = support::server();
            let identity = Identity::generate(&[]).unwrap();
            server.add_token(TOKEN, User::new("admin").group("system:masters"));
            let service = server.authentication(Anonymous::Refused).layer(server.service());
            let options = listen::Options::loopback().tls(identity.clone());
            let listening = listen::serve(service, options).await.unwrap();
            (listening, identity)
        });
        let kubeconfig = Kubeconfig {
            cluster: "embedded",
            context: "embedded",
            user: "admin",
            server: &listening.url(),
            authority_pem: Some(identity.authority_pem()),
            token: Some(TOKEN),
            namespace: "default",
        };
        std::fs::write(folder.join("kubeconfig"), kubeconfig.to_yaml()).unwrap();
        Self { folder, listening: Some(listening), runtime }
    }

    /// Runs a program in the server's folder, with its kubeconfig.
    pub fn run(&self, program: &Path, args: &[&str]) -> Outcome {
        let output = Command::new(program)
            .args(args)
            .current_dir(&self.folder)
            .env_clear()
            .envs(settings::inherited())
            .env("KUBECONFIG", self.folder.join("kubeconfig"))
            // tests need no network: modules are there already, or the test says that it is skipped
            .env("GOPROXY", "off")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Outcome { code: output.status.code().unwrap_or(-1), text: text.concat() }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.take() {
            self.runtime.block_on(listening.stop());
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

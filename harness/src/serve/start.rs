//! Starts what is wanted, and ends it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use apiserver::listen::{self, Identity, Kubeconfig, Listening};
use apiserver::{Anonymous, ApiServer, Profile, User};
use serde_json::{Value, json};
use tower::Layer as _;

use super::crds;
use super::fakes::{self, Ear, Fakes};
use super::file::{self, Secret};
use crate::world;

/// The name of cluster, context and user in the kubeconfig.
const NAME: &str = "osac-e2e";

/// What shall be served.
#[derive(Debug)]
pub struct Wanted {
    /// Address of the API server.
    pub address: IpAddr,
    /// The address may be one that other machines can reach.
    pub beyond_loopback: bool,
    /// Port of the API server; 0 is any.
    pub port: u16,
    /// Which controllers live in the API server.
    pub profile: Profile,
    /// Files and folders with CustomResourceDefinitions.
    pub crds: Vec<PathBuf>,
    /// Where the kubeconfig goes.
    pub kubeconfig: Option<PathBuf>,
    /// The fake AAP.
    pub aap: Option<AapWanted>,
    /// Port of the fake EDA; 0 is any.
    pub eda: Option<u16>,
    /// The fake KubeVirt.
    pub kubevirt: bool,
}

/// The fake AAP.
#[derive(Debug)]
pub struct AapWanted {
    /// Its port; 0 is any.
    pub port: u16,
    /// The token of its user; without one it is made up, and must be written to a file.
    pub token: Option<String>,
    /// Where the token goes; a token that stands there is taken.
    pub token_file: Option<PathBuf>,
}

/// Why nothing is served.
#[derive(Debug)]
pub enum NotServed {
    /// What is wanted cannot be had.
    Wanted(String),
    /// It could be had, but not here and now.
    Broken(String),
}

impl fmt::Display for NotServed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wanted(why) | Self::Broken(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for NotServed {}

/// Servers that answer.
#[derive(Debug)]
pub struct Served {
    listening: Vec<Listening>,
    kubeconfig: Option<Secret>,
    ready: Value,
}

impl Served {
    /// Starts all that is wanted. When this returns, all of it answers.
    ///
    /// # Errors
    /// What could not be started, and why.
    pub async fn start(wanted: Wanted) -> Result<Self, NotServed> {
        if let Some(path) = &wanted.kubeconfig {
            Secret::clear(path).map_err(NotServed::Wanted)?;
        }
        let aap_token = wanted.aap.as_ref().map(aap_token).transpose();
        let aap_token = aap_token.map_err(NotServed::Wanted)?;
        let (ear, told) = Ear::new();
        let (now, dice) = (now(), listen::dice());
        let mut options = apiserver::Options::new(now.clone(), dice.clone());
        options.profile = wanted.profile;
        let hears = wanted.aap.is_some() || wanted.eda.is_some() || wanted.kubevirt;
        if hears {
            let ear = ear.clone();
            options.observer = Some(Arc::new(move |commit: &apiserver::Commit| ear.hear(commit)));
        }
        let server = ApiServer::new(options);
        let crds = crds::install(&server, &wanted.crds).map_err(NotServed::Wanted)?;
        let token = listen::token();
        server.add_token(&token, User::new("admin").group("system:masters"));

        let mut served = Self { listening: Vec::new(), kubeconfig: None, ready: Value::Null };
        let (identity, url) = served.api(&server, &wanted).await?;
        served.ready = json!({"ready": true, "server": url, "crds": crds});
        if hears {
            world::install_missing(&server).map_err(NotServed::Broken)?;
            let world = fakes::world().map_err(NotServed::Broken)?;
            let fakes = Fakes::new(&server, world, ear);
            if wanted.kubevirt {
                fakes.kubevirt(told);
                served.ready["kubevirt"] = true.into();
            }
            if let Some(port) = wanted.eda {
                served.plain("eda", fakes.eda(), port).await?;
            }
            if let (Some(aap), Some(token)) = (&wanted.aap, aap_token) {
                served.plain("aap", fakes.aap(&token, &now, &dice), aap.port).await?;
            }
        }
        let told = served.tell(&url, &identity, &token, wanted.kubeconfig).await;
        told.map_err(NotServed::Broken)?;
        Ok(served)
    }

    /// What answers where, on one line: an object with the member `ready`.
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// Ends all, as [`Listening::stop`] does, and takes the kubeconfig away.
    pub async fn stop(self) {
        drop(self.kubeconfig);
        for listening in self.listening {
            listening.stop().await;
        }
    }

    /// Starts the API server; who it is, and where.
    async fn api(
        &mut self,
        server: &ApiServer,
        wanted: &Wanted,
    ) -> Result<(Identity, String), NotServed> {
        let address = SocketAddr::new(wanted.address, wanted.port);
        let identity = Identity::generate(&[wanted.address])
            .map_err(|error| NotServed::Broken(format!("failed to make a certificate: {error}")))?;
        let service = server.authentication(Anonymous::Refused).layer(server.service());
        let options =
            listen::Options { address, ..listen::Options::loopback().tls(identity.clone()) };
        let listening = if wanted.beyond_loopback {
            listen::serve_beyond_loopback(service, options).await
        } else {
            listen::serve(service, options).await
        };
        let listening = listening.map_err(|error| refused("the API server", address, &error))?;
        let url = if wanted.address.is_unspecified() {
            format!(
                "https://{}",
                SocketAddr::from((Ipv4Addr::LOCALHOST, listening.address().port()))
            )
        } else {
            listening.url()
        };
        self.listening.push(listening);
        Ok((identity, url))
    }

    async fn plain<S>(&mut self, name: &str, service: S, port: u16) -> Result<(), NotServed>
    where
        S: tower::Service<
                http::Request<axum::body::Body>,
                Response = http::Response<axum::body::Body>,
                Error = std::convert::Infallible,
            > + Clone
            + Send
            + 'static,
        S::Future: Send + 'static,
    {
        let options = listen::Options::loopback().port(port);
        let address = options.address;
        let listening = listen::serve(service, options).await;
        let listening = listening.map_err(|error| refused(name, address, &error))?;
        self.ready[name] = listening.url().into();
        self.listening.push(listening);
        Ok(())
    }

    /// Asks the API server as its clients will, and then lets them know of it.
    async fn tell(
        &mut self,
        url: &str,
        identity: &Identity,
        token: &str,
        path: Option<PathBuf>,
    ) -> Result<(), String> {
        let text = Kubeconfig {
            cluster: NAME,
            context: NAME,
            user: NAME,
            server: url,
            authority_pem: Some(identity.authority_pem()),
            token: Some(token),
            namespace: "default",
        }
        .to_yaml();
        ask(&text).await.map_err(|error| format!("the API server does not answer: {error}"))?;
        if let Some(path) = path {
            self.kubeconfig = Some(Secret::write(&path, &text)?);
            self.ready["kubeconfig"] = path.display().to_string().into();
        }
        Ok(())
    }
}

async fn ask(kubeconfig: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let file = kube::config::Kubeconfig::from_yaml(kubeconfig)?;
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(file, &options).await?;
    kube::Client::try_from(config)?.list_core_api_versions().await?;
    Ok(())
}

fn refused(name: &str, address: SocketAddr, error: &std::io::Error) -> NotServed {
    let why = format!("{name} cannot listen on {address}: {error}");
    if error.kind() == std::io::ErrorKind::InvalidInput {
        return NotServed::Wanted(format!("{why}; --beyond-loopback allows it"));
    }
    NotServed::Broken(why)
}

fn aap_token(wanted: &AapWanted) -> Result<String, String> {
    let Some(path) = &wanted.token_file else {
        let hint = "AAP's clients must know its token: give it by OSAC_AAP_TOKEN, or name a file \
                    for it by --aap-token-file";
        return wanted.token.clone().ok_or_else(|| hint.to_owned());
    };
    let token = match (&wanted.token, std::fs::read_to_string(path)) {
        (Some(token), _) => token.clone(),
        (None, Ok(text)) if !text.trim().is_empty() => return Ok(text.trim().to_owned()),
        (None, _) => listen::token(),
    };
    file::write(path, &token)?;
    Ok(token)
}

#[expect(clippy::disallowed_methods, reason = "what other programs see has the time of the wall")]
fn now() -> apiserver::Now {
    Arc::new(jiff::Timestamp::now)
}

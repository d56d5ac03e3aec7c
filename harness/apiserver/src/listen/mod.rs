//! Answers over the network: any HTTP service behind a listening socket.
//!
//! [`serve`] takes a tower service, and gives back a [`Listening`] with its address. Clients speak
//! HTTP/1.1 or HTTP/2, over TLS if there is an [`Identity`]. It knows nothing of what is served:
//! `accept` takes connections in, `connection` sees one to its end, `body` guards the two
//! directions of a request, `stall` the socket. A [`Kubeconfig`] tells clients where it is.
//!
//! Everything that a peer can make it wait for or keep has a limit, see [`Limits`]. Only loopback
//! addresses are served, unless [`serve_beyond_loopback`] is called by its name.

mod accept;
mod body;
mod chance;
mod connection;
mod eager;
mod identity;
mod kubeconfig;
mod options;
mod stall;

pub use accept::{Listening, serve, serve_beyond_loopback};
pub use chance::{dice, token};
pub use identity::Identity;
pub use kubeconfig::Kubeconfig;
pub use options::{Limits, Options};

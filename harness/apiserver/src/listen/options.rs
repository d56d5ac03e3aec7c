//! Where and how to listen, and what a peer may cost.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::Identity;

/// Where and how to listen.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address and port; port 0 is any free one.
    pub address: SocketAddr,
    /// TLS, and with it HTTP/2 by ALPN; plain text without.
    pub tls: Option<Identity>,
    /// What a peer may cost.
    pub limits: Limits,
}

impl Options {
    /// A free port of 127.0.0.1 in plain text.
    pub fn loopback() -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { address, tls: None, limits: Limits::default() }
    }

    /// The same on this port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// The same over TLS.
    #[must_use]
    pub fn tls(mut self, identity: Identity) -> Self {
        self.tls = Some(identity);
        self
    }
}

/// What a peer may cost: nothing that it does or leaves undone lasts or grows beyond these.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the backlog of the socket.
    pub connections_max: usize,
    /// Requests at a time on one HTTP/2 connection.
    pub streams_max: u32,
    /// Bytes of the head of a request.
    pub head_bytes_max: u32,
    /// Time for a TLS handshake, for the first request after it, and for each head of a request.
    pub handshake_max: Duration,
    /// Time from the head of a request to the end of its body.
    pub body_max: Duration,
    /// Time that a connection without an open request is kept.
    pub idle_max: Duration,
    /// Time that a peer may refuse to take bytes.
    pub stall_max: Duration,
    /// Time that open requests have to end when the server stops.
    pub drain_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            streams_max: 1000,
            head_bytes_max: 64 * 1024,
            handshake_max: Duration::from_secs(10),
            body_max: Duration::from_secs(60),
            idle_max: Duration::from_secs(180),
            stall_max: Duration::from_secs(60),
            drain_max: Duration::from_secs(5),
        }
    }
}

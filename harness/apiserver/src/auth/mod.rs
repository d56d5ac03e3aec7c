//! Who is calling: bearer tokens, the tokens of service accounts, impersonation.
//!
//! [`Authentication`] is a layer in front of a service: it finds the [`User`] of a request, refuses
//! a token that nobody has, and hands the user on as an extension of the request. A service
//! without the layer asks for no token. Nobody is forbidden anything: there is no authorization.

mod account;
mod identify;
mod impersonate;
mod layer;
mod tokens;
mod user;

pub(crate) use account::{Bound, Grant};
pub(crate) use identify::{ISSUER, identify};
pub(crate) use impersonate::impersonated;
pub use layer::{Anonymous, Authenticated, Authentication};
pub(crate) use tokens::Tokens;
pub use user::User;

//! `ip('10.0.0.1')` and `cidr('10.0.0.0/8')`.

use std::net::IpAddr;

use cel::common::types::{CelBool, CelInt, CelString};
use cel::{DeclarationError, Env, ExecutionError};

use super::refused;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ip(IpAddr);

/// A network with an address in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cidr {
    address: IpAddr,
    bits: u8,
}

/// IPv4 addresses in the clothes of IPv6 are refused, as Kubernetes does.
fn address(text: &str) -> Option<IpAddr> {
    let found: IpAddr = text.parse().ok()?;
    let mapped = matches!(found, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    (!mapped).then_some(found)
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

impl Cidr {
    fn parse(text: &str) -> Option<Self> {
        let (text, bits) = text.split_once('/')?;
        let address = address(text)?;
        let digits = bits.bytes().all(|byte| byte.is_ascii_digit()) && !bits.starts_with('0');
        if !digits && bits != "0" {
            return None;
        }
        let bits: u8 = bits.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most).then_some(Self { address, bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && masked(address, self.bits) == masked(self.address, self.bits)
    }
}

pub(super) fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn is_ip: (CelString) -> CelBool, name = "isIP")?;
    cel::add_overload!(env, fn ip: (CelString) -> Result<Ip>)?;
    cel::add_overload!(env, fn is_canonical: (CelString) -> Result<CelBool>,
        name = "ip.isCanonical")?;
    cel::add_overload!(env, fn ip_text: (Ip) -> CelString, name = "string")?;
    cel::add_member_overload!(env, fn family: (Ip) -> CelInt)?;
    cel::add_member_overload!(env, fn is_unspecified: (Ip) -> CelBool, name = "isUnspecified")?;
    cel::add_member_overload!(env, fn is_loopback: (Ip) -> CelBool, name = "isLoopback")?;
    cel::add_member_overload!(env, fn is_local_multicast: (Ip) -> CelBool,
        name = "isLinkLocalMulticast")?;
    cel::add_member_overload!(env, fn is_local_unicast: (Ip) -> CelBool,
        name = "isLinkLocalUnicast")?;
    cel::add_member_overload!(env, fn is_global_unicast: (Ip) -> CelBool,
        name = "isGlobalUnicast")?;
    cel::add_overload!(env, fn is_cidr: (CelString) -> CelBool, name = "isCIDR")?;
    cel::add_overload!(env, fn cidr: (CelString) -> Result<Cidr>)?;
    cel::add_overload!(env, fn cidr_text: (Cidr) -> CelString, name = "string")?;
    cel::add_member_overload!(env, fn contains_ip: (Cidr, Ip) -> CelBool, name = "containsIP")?;
    cel::add_member_overload!(env, fn contains_ip_text: (Cidr, CelString) -> Result<CelBool>,
        name = "containsIP")?;
    cel::add_member_overload!(env, fn contains_cidr: (Cidr, Cidr) -> CelBool,
        name = "containsCIDR")?;
    cel::add_member_overload!(env, fn contains_cidr_text: (Cidr, CelString) -> Result<CelBool>,
        name = "containsCIDR")?;
    cel::add_member_overload!(env, fn cidr_ip: (Cidr) -> Ip, name = "ip")?;
    cel::add_member_overload!(env, fn cidr_masked: (Cidr) -> Cidr, name = "masked")?;
    cel::add_member_overload!(env, fn prefix_length: (Cidr) -> CelInt, name = "prefixLength")
}

fn is_ip(text: &CelString<'_>) -> CelBool {
    address(text.inner()).is_some().into()
}

fn ip(text: &CelString<'_>) -> Result<Ip, ExecutionError> {
    address(text.inner()).map(Ip).ok_or_else(|| {
        let text = text.inner();
        refused("ip", format!("IP Address {text:?} parse error during conversion from string"))
    })
}

fn is_canonical(text: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    Ok((ip(text)?.0.to_string() == text.inner()).into())
}

fn ip_text(this: &Ip) -> CelString<'static> {
    this.0.to_string().into()
}

fn family(this: &Ip) -> CelInt {
    (if this.0.is_ipv4() { 4_i64 } else { 6 }).into()
}

fn is_unspecified(this: &Ip) -> CelBool {
    this.0.is_unspecified().into()
}

fn is_loopback(this: &Ip) -> CelBool {
    this.0.is_loopback().into()
}

fn local_multicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
    }
}

fn local_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn is_local_multicast(this: &Ip) -> CelBool {
    local_multicast(this.0).into()
}

fn is_local_unicast(this: &Ip) -> CelBool {
    local_unicast(this.0).into()
}

fn is_global_unicast(this: &Ip) -> CelBool {
    let broadcast = matches!(this.0, IpAddr::V4(v4) if v4.is_broadcast());
    let other = this.0.is_unspecified() || this.0.is_loopback() || this.0.is_multicast();
    (!broadcast && !other && !local_unicast(this.0)).into()
}

fn is_cidr(text: &CelString<'_>) -> CelBool {
    Cidr::parse(text.inner()).is_some().into()
}

fn cidr(text: &CelString<'_>) -> Result<Cidr, ExecutionError> {
    Cidr::parse(text.inner()).ok_or_else(|| {
        let text = text.inner();
        refused(
            "cidr",
            format!("network address parse error during conversion from string: {text:?}"),
        )
    })
}

fn cidr_text(this: &Cidr) -> CelString<'static> {
    format!("{}/{}", this.address, this.bits).into()
}

fn contains_ip(this: &Cidr, address: &Ip) -> CelBool {
    this.contains(address.0).into()
}

fn contains_ip_text(this: &Cidr, text: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    Ok(this.contains(ip(text)?.0).into())
}

fn contains_cidr(this: &Cidr, other: &Cidr) -> CelBool {
    (this.bits <= other.bits && this.contains(other.address)).into()
}

fn contains_cidr_text(this: &Cidr, text: &CelString<'_>) -> Result<CelBool, ExecutionError> {
    Ok(contains_cidr(this, &cidr(text)?))
}

fn cidr_ip(this: &Cidr) -> Ip {
    Ip(this.address)
}

fn cidr_masked(this: &Cidr) -> Cidr {
    Cidr { address: masked(this.address, this.bits), bits: this.bits }
}

fn prefix_length(this: &Cidr) -> CelInt {
    i64::from(this.bits).into()
}

//! Which addresses a delivery may go to (guarantees 7.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Longest address, characters.
pub const MAX_URL: usize = 2_000;

/// Whether an address is of the open internet: not loopback, private, link-local, shared, reserved, for documentation or
/// for many (IANA's registries of special-purpose addresses), nor one of these in the clothes of IPv6.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    const CLOSED: [(Ipv4Addr, u32); 17] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 31, 196, 0), 24),
        (Ipv4Addr::new(192, 52, 193, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        // What a cloud tells its machines, although the address is nobody's by the registries.
        (Ipv4Addr::new(168, 63, 129, 16), 32),
        // Multicast, reserved, broadcast.
        (Ipv4Addr::new(224, 0, 0, 0), 3),
    ];
    !CLOSED.iter().any(|(net, bits)| (ip.to_bits() ^ net.to_bits()) >> (32 - bits) == 0)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let within = |net: Ipv6Addr, bits: u32| (ip.to_bits() ^ net.to_bits()) >> (128 - bits) == 0;
    let low = Ipv4Addr::from_bits(ip.to_bits() as u32);
    if within(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96)
        || within(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96)
    {
        // Mapped, or translated on the way: what is dialled in the end is IPv4.
        return is_public_v4(low);
    }
    if within(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16) {
        return is_public_v4(Ipv4Addr::from_bits((ip.to_bits() >> 80) as u32));
    }
    // Of what is left only this is given out, and of it these are not for everybody: protocols and Teredo, documentation.
    within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !within(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23)
        && !within(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32)
        && !within(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20)
}

/// The address that a URL names in figures, in whatever notation; none when it has a name.
pub fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// What deliveries may go to.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Not only https.
    pub plain_http: bool,
    /// Not only the open internet.
    pub private: bool,
}

/// Reads an endpoint's address. That its name leads to the open internet is seen when it is dialled.
///
/// # Errors
/// The rule's name: `webhook-url`, `webhook-https`, `webhook-private`.
pub fn read(text: &str, reach: Reach) -> Result<Url, &'static str> {
    if text.len() > MAX_URL {
        return Err("webhook-url");
    }
    let url = Url::parse(text.trim()).map_err(|_| "webhook-url")?;
    let plain = !matches!(url.scheme(), "https");
    if !matches!(url.scheme(), "http" | "https")
        || url.host_str().is_none_or(str::is_empty)
        || !url.username().is_empty()
        || url.password().is_some()
        || url.fragment().is_some()
    {
        return Err("webhook-url");
    }
    if plain && !reach.plain_http {
        return Err("webhook-https");
    }
    if !reach.private && literal(&url).is_some_and(|ip| !is_public(ip)) {
        return Err("webhook-private");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPEN: Reach = Reach { plain_http: true, private: true };
    const HTTP: Reach = Reach { plain_http: true, private: false };
    const CLOSED: Reach = Reach { plain_http: false, private: false };

    #[test]
    fn odd_notations_of_private_addresses_are_seen_through() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001:0:7f00:1::]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[ff02::1]/",
            "http://10.1.2.3/",
            "http://172.31.255.255/",
            "http://192.168.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.100.100.200/",
            "http://255.255.255.255/",
        ] {
            assert_eq!(read(url, HTTP).err(), Some("webhook-private"), "{url}");
            assert!(read(url, OPEN).is_ok(), "{url}");
        }
        for url in ["http://8.8.8.8/", "http://[2606:4700::1111]/", "http://[::ffff:8.8.8.8]/", "http://172.32.0.1/"] {
            assert!(read(url, HTTP).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_webhook() {
        for url in [
            "",
            "x",
            "ftp://example.com/",
            "http://",
            "http://u:p@example.com/",
            "https://u@example.com/",
            "https://example.com/#x",
            "file:///etc/passwd",
            "https://exa mple.com/",
        ] {
            assert_eq!(read(url, OPEN).err(), Some("webhook-url"), "{url}");
        }
        assert_eq!(read("http://example.com/", CLOSED).err(), Some("webhook-https"));
        assert!(read("https://example.com/hook?a=1", CLOSED).is_ok());
        assert_eq!(read(&format!("https://example.com/{}", "x".repeat(2_000)), OPEN).err(), Some("webhook-url"));
    }

    proptest! {
        /// IPv6 that carries an IPv4 address is judged as that is.
        #[test]
        fn an_address_in_other_clothes_is_the_same(bits: u32) {
            let plain = Ipv4Addr::from_bits(bits);
            let [a, b] = [(bits >> 16) as u16, bits as u16];
            for ip in [
                plain.to_ipv6_mapped(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
                Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(is_public(ip.into()), is_public(plain.into()), "{}", ip);
            }
            prop_assert_eq!(literal(&Url::parse(&format!("http://{bits}/")).unwrap()), Some(plain.into()));
        }

        /// What the standard library calls private is never public.
        #[test]
        fn what_is_private_is_not_public(bits: u32, high in 0..4_u8) {
            // Half of the cases begin like a private network.
            let ip = Ipv4Addr::from_bits(match high {
                0 => bits & 0x00ff_ffff | 0x0a00_0000,
                1 => bits & 0x000f_ffff | 0xac10_0000,
                _ => bits,
            });
            if ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_broadcast() || ip.is_multicast()
                || ip.is_unspecified() || ip.is_documentation()
            {
                prop_assert!(!is_public(ip.into()), "{}", ip);
            }
        }
    }
}

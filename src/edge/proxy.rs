//! Where a request comes from when a proxy hands it on. A proxy of ours adds who it came from at the end of `X-Forwarded-For`;
//! what stands before that anybody can have written.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use super::Edge;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Puts the caller's address in the place of the proxy's.
pub async fn see_through(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(from)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied()
        && let Some(address) = origin(&edge.proxies, from.ip(), request.headers())
    {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, from.port())));
    }
    next.run(request).await
}

/// The last address that no proxy of ours has, when the one who connects is one of them; none when it is not.
fn origin(proxies: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let ours = |address: IpAddr| proxies.iter().any(|net| net.contains(&address.to_canonical()));
    if !ours(peer) {
        return None;
    }
    // Whatever somebody has written in front of what our own add.
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    let mut last = None;
    for entry in entries.map(|entry| std::str::from_utf8(entry).unwrap_or_default()) {
        // A proxy may say a port too.
        let entry = entry.trim();
        let address = entry.parse().ok().or_else(|| Some(entry.parse::<SocketAddr>().ok()?.ip()));
        // What cannot be read was written by nobody of ours, and says nothing of what stands before it.
        let Some(address) = address.or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok()) else { break };
        last = Some(address);
        if !ours(address) {
            break;
        }
    }
    last
}

/// A network as settings name it: an address, or one with a length.
pub fn parse(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| Some(text.parse::<IpAddr>().ok()?.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_have_written_counts() {
        let proxies: Vec<IpNet> = ["10.0.0.0/8", "::1", "fd00::/8"].into_iter().filter_map(parse).collect();
        assert_eq!(proxies.len(), 3);
        for (peer, lines, wanted) in [
            ("10.1.1.1", &["203.0.113.7"][..], Some("203.0.113.7")),
            ("10.1.1.1", &["1.1.1.1, 203.0.113.7"], Some("203.0.113.7")),
            ("10.1.1.1", &["1.1.1.1, 203.0.113.7, 10.2.2.2"], Some("203.0.113.7")),
            ("10.1.1.1", &["1.1.1.1", "203.0.113.7, 10.2.2.2"], Some("203.0.113.7")),
            ("10.1.1.1", &["203.0.113.7:4711"], Some("203.0.113.7")),
            ("10.1.1.1", &["[2001:db8::7]:4711"], Some("2001:db8::7")),
            ("::1", &["2001:db8::7"], Some("2001:db8::7")),
            ("::ffff:10.1.1.1", &["203.0.113.7"], Some("203.0.113.7")),
            ("10.1.1.1", &["1.1.1.1, nonsense, 10.2.2.2"], Some("10.2.2.2")),
            ("10.1.1.1", &["10.3.3.3"], Some("10.3.3.3")),
            ("10.1.1.1", &[], None),
            ("203.0.113.9", &["1.1.1.1"], None),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let found = origin(&proxies, peer.parse().unwrap(), &headers);
            assert_eq!(found, wanted.map(|wanted| wanted.parse().unwrap()), "{peer} {lines:?}");
        }
    }
}

//! Which pages may open a socket. A browser asks nobody before it opens one, so the server has to look (guarantees 6.2).

use axum::http::{HeaderMap, HeaderValue, header};
use reqwest::Url;

/// Whether the page that a request comes from may open a socket: one of the gateway's own host, one of the settings, and
/// in development any of this machine. Apps, mini-programs and servers name no page and may.
pub fn may_open(headers: &HeaderMap, origins: &[String], dev: bool) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    // A page without an origin of its own says `null`, which is no address.
    let Some(page) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let text = page.origin().ascii_serialization();
    if origins.contains(&text) {
        return true;
    }
    let Some(authority) = text.split_once("://").map(|(_, authority)| authority) else { return false };
    let own = headers.get(header::HOST).map(HeaderValue::as_bytes).is_some_and(|host| {
        // A proxy may end TLS, so the host alone is compared.
        host.eq_ignore_ascii_case(authority.as_bytes())
    });
    own || (dev && matches!(page.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

/// An origin as settings name it: scheme, host and perhaps a port, nothing else.
pub fn parse(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let origin = url.origin().ascii_serialization();
    // A path, a user or a query would be left unread.
    let said = text.trim_end_matches('/').to_ascii_lowercase();
    let with_port = |port: &str| format!("{origin}{port}") == said;
    (said == origin || with_port(":80") || with_port(":443")).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(origin: Option<&str>, dev: bool) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("Gate.example.com"));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        may_open(&headers, &["https://app.example.com".into()], dev)
    }

    #[test]
    fn a_foreign_page_opens_nothing() {
        for (origin, opened) in [
            (None, true),
            (Some("https://gate.example.com"), true),
            (Some("https://app.example.com"), true),
            (Some("https://app.example.com:443"), true),
            (Some("http://app.example.com"), false),
            (Some("https://app.example.com:8443"), false),
            (Some("https://evil.example.com"), false),
            (Some("https://gate.example.com.evil.com"), false),
            (Some("http://localhost:5173"), false),
            (Some("file:///tmp/page.html"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            assert_eq!(opens(origin, false), opened, "{origin:?}");
        }
        assert!(opens(Some("http://localhost:5173"), true));
        assert!(opens(Some("http://[::1]:5173"), true));
        assert!(!opens(Some("http://localhost.evil.com"), true));
    }

    #[test]
    fn settings_name_an_origin_and_nothing_else() {
        assert_eq!(parse("https://App.example.com").as_deref(), Some("https://app.example.com"));
        assert_eq!(parse("https://app.example.com:443/").as_deref(), Some("https://app.example.com"));
        assert_eq!(parse("http://localhost:5173").as_deref(), Some("http://localhost:5173"));
        for wrong in ["app.example.com", "https://app.example.com/page", "ws://app.example.com", "*", ""] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

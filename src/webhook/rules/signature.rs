//! Signatures after Standard Webhooks: secrets, and what is signed.

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// Bytes of a new secret; the specification wants 24 to 64.
const LENGTH: usize = 32;

/// A new secret, as its holder keeps it.
pub fn new_secret() -> String {
    let mut bytes = [0; LENGTH];
    rand::fill(&mut bytes).expect("the system gives random bytes");
    format!("{PREFIX}{}", STANDARD.encode(bytes))
}

/// The `webhook-signature` of a message: one part for each secret, so that a receiver that still has the older one of two
/// finds its own. None when a secret is not one.
pub fn sign<'s>(secrets: impl IntoIterator<Item = &'s str>, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let parts = secrets.into_iter().map(|secret| {
        let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let mac = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        Some(format!("v1,{}", STANDARD.encode(mac)))
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The example of the specification's libraries.
    #[test]
    fn the_example_of_the_specification() {
        let signed = sign(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    proptest! {
        #[test]
        fn each_secret_signs_for_itself(body in ".{0,60}", timestamp in 0..4_000_000_000_i64) {
            let (one, two) = (new_secret(), new_secret());
            prop_assert_ne!(&one, &two);
            let each = |secret: &String| sign([secret.as_str()], "evt_1", timestamp, &body).unwrap();
            let both = sign([one.as_str(), two.as_str()], "evt_1", timestamp, &body).unwrap();
            prop_assert_eq!(both, format!("{} {}", each(&one), each(&two)));
        }
    }

    #[test]
    fn what_is_no_secret_signs_nothing() {
        assert_eq!(sign(["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "a", 1, "{}"), None);
        assert_eq!(sign(["whsec_***"], "a", 1, "{}"), None);
    }
}

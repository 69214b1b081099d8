//! Which form of answer an `Accept` header asks for.

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `application/json`: what every client reads.
    Json,
    /// `application/graphql-response+json`: the status says whether the document was answered at all.
    GraphqlResponse,
    /// `text/event-stream`: a stream of answers.
    EventStream,
    /// `multipart/mixed` with `subscriptionSpec=1.0`: a stream of answers, for Apollo's clients.
    Multipart,
}

impl Form {
    /// Whether it is a stream of answers.
    pub fn streams(self) -> bool {
        matches!(self, Self::EventStream | Self::Multipart)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::EventStream => "text/event-stream",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        }
    }
}

/// The form of the highest weight, the first among equals; JSON when nothing is said, none when none fits.
pub fn negotiate(header: Option<&str>) -> Option<Form> {
    let Some(header) = header.filter(|text| !text.trim().is_empty()) else { return Some(Form::Json) };
    let mut best = None;
    for part in header.split(',').take(50) {
        let mut parameters = part.split(';').map(str::trim);
        let form = match parameters.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/graphql-response+json" => Form::GraphqlResponse,
            "application/json" | "application/*" | "*/*" => Form::Json,
            "text/event-stream" => Form::EventStream,
            // Other kinds of parts are not ours; whoever asks for them asks for JSON beside.
            "multipart/mixed" if part.replace(['"', ' '], "").contains("subscriptionSpec=1.0") => Form::Multipart,
            _ => continue,
        };
        let weight = parameters
            .find_map(|parameter| parameter.strip_prefix("q="))
            .map_or(1.0, |q| q.parse::<f64>().unwrap_or(0.0));
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_of_the_highest_weight() {
        for (header, form) in [
            (None, Some(Form::Json)),
            (Some(""), Some(Form::Json)),
            (Some("*/*"), Some(Form::Json)),
            (Some("application/json"), Some(Form::Json)),
            (Some("application/graphql-response+json, application/json;q=0.9"), Some(Form::GraphqlResponse)),
            (Some("application/graphql-response+json;q=0.5, application/json;q=0.9"), Some(Form::Json)),
            (Some("application/graphql-response+json; charset=utf-8"), Some(Form::GraphqlResponse)),
            (Some("text/event-stream"), Some(Form::EventStream)),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some(Form::Json)),
            (Some("text/html"), None),
            (Some("multipart/mixed;subscriptionSpec=1.0, application/json"), Some(Form::Multipart)),
            (
                Some("multipart/mixed;boundary=\"graphql\";subscriptionSpec=\"1.0\",application/json"),
                Some(Form::Multipart),
            ),
            (Some("multipart/mixed;deferSpec=20220824,application/json"), Some(Form::Json)),
            (Some("multipart/mixed"), None),
            (Some("application/json;q=0"), None),
        ] {
            assert_eq!(negotiate(header), form, "{header:?}");
        }
    }
}

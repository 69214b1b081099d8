use super::*;

fn load(file: Option<&str>, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let path = file.map(|text| {
        let path = std::env::temp_dir().join(format!("milepost-settings-{}.toml", entity::EventId::generate()));
        std::fs::write(&path, text).unwrap();
        path
    });
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sources = Sources { file: path.clone(), environment, command_line: Vec::new() };
    let loaded = Settings::load(&sources);
    if let Some(path) = path {
        std::fs::remove_file(path).unwrap();
    }
    loaded
}

const KEY_1: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const KEY_2: &str = "2222222222222222222222222222222222222222222222222222222222222222";
const PRODUCTION: [(&str, &str); 5] = [
    ("MILEPOST_MODE", "production"),
    ("MILEPOST_AUTH__JWKS_URL", "https://id.example.com/keys"),
    ("MILEPOST_VAULT__CURRENT", "k1"),
    ("MILEPOST_VAULT__KEYS__K1", KEY_1),
    ("MILEPOST_VAULT__BLIND_KEY", KEY_2),
];

#[test]
fn the_defaults_are_complete_and_right() {
    let settings = load(Some(""), &[]).unwrap();
    assert_eq!(settings.mode, Mode::Dev);
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database_url.expose_secret(), "sqlite:data/milepost.db");
    assert_eq!(settings.auth.keys, KeySource::Dev);
    assert!(settings.redis_url.is_none());
    assert_eq!(settings.limits.body_bytes, 262_144);
}

#[test]
fn the_environment_is_stronger_than_the_file_and_the_file_than_the_default() {
    let file = "listen = \"0.0.0.0:1\"\n[database]\nmax_connections = 3\nacquire_timeout_ms = 7\n";
    let settings = load(Some(file), &[("MILEPOST_DATABASE__MAX_CONNECTIONS", "4")]).unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:1");
    assert_eq!(settings.database.max_connections, 4);
    assert_eq!(settings.database.acquire_timeout, Duration::from_millis(7));
}

#[test]
fn what_is_said_of_a_store_of_files_belongs_together() {
    let bucket = ("MILEPOST_FILES__URL", "s3://files/here");
    let key = [("MILEPOST_FILES__S3_ACCESS_KEY_ID", "id"), ("MILEPOST_FILES__S3_SECRET_ACCESS_KEY", "s3cret")];
    let endpoint = ("MILEPOST_FILES__S3_ENDPOINT", "https://oss.example.com");
    let whole = load(Some(""), &[bucket, endpoint, key[0], key[1]]).unwrap();
    let FilePlace::S3(place) = whole.files.place else { panic!("a bucket") };
    assert_eq!((place.bucket.as_str(), place.below.as_str(), place.region.as_str()), ("files", "here", "us-east-1"));
    load(Some(""), &[bucket]).unwrap();
    for (wrong, setting) in [
        (vec![endpoint], "files.url"),
        (key.to_vec(), "files.url"),
        (vec![bucket, key[0]], "files.s3_secret_access_key"),
        (vec![bucket, key[1]], "files.s3_secret_access_key"),
        (vec![bucket, ("MILEPOST_FILES__FOLDER", "here")], "files.url"),
        (vec![bucket, ("MILEPOST_FILES__S3_ENDPOINT", "oss.example.com")], "files.s3_endpoint"),
        (vec![bucket, ("MILEPOST_FILES__S3_REGION", "")], "files.s3_region"),
        (vec![("MILEPOST_FILES__URL", "https://files")], "files.url"),
    ] {
        let said = load(Some(""), &wrong).unwrap_err().to_string();
        assert!(said.contains(&format!("setting {setting} ")) && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn variables_of_tests_and_scripts_are_no_settings() {
    let environment = [("MILEPOST_TEST_DB", "x"), ("MILEPOST_CONFIG", "y"), ("MILEPOST_BIN", "z"), ("PATH", "/bin")];
    load(Some(""), &environment).unwrap();
}

#[test]
fn a_wrong_setting_is_one_line_with_key_origin_and_what_is_allowed() {
    for (file, environment, line) in [
        (
            "",
            ("MILEPOST_DATABASE__MAX_CONNECTIONS", "0"),
            "setting database.max_connections (environment variable MILEPOST_DATABASE__MAX_CONNECTIONS) must be a whole \
             number from 1 to 1000",
        ),
        ("", ("MILEPOST_MODE", "prod"), "setting mode (environment variable MILEPOST_MODE) must be dev or production"),
        (
            "[limits]\nbody_bytes = \"much\"",
            ("", ""),
            "setting limits.body_bytes (FILE) must be a whole number from 1024 to 16777216",
        ),
        ("listen = [1, 2]", ("", ""), "setting listen (FILE) must be an address and a port, like 127.0.0.1:8080"),
        (
            "",
            ("MILEPOST_DATABASE_URL", "mysql://x"),
            "setting database_url (environment variable MILEPOST_DATABASE_URL) must be an address like \
             sqlite:data/milepost.db or postgres://user:password@host/database",
        ),
        (
            "",
            ("MILEPOST_REDIS_URL", "localhost"),
            "setting redis_url (environment variable MILEPOST_REDIS_URL) must be empty, or an address like \
             redis://host:6379",
        ),
        (
            "",
            ("MILEPOST_VAULT__KEYS__K9", "secret"),
            "setting vault.keys.k9 (environment variable MILEPOST_VAULT__KEYS__K9) must be 64 hexadecimal digits, or \
             file: and the path of a file with them",
        ),
        (
            "",
            ("MILEPOST_VAULT__CURRENT", "k9"),
            "setting vault.current (environment variable MILEPOST_VAULT__CURRENT) must be an id from vault.keys (now: \
             dev)",
        ),
        (
            "[log]\nfromat = \"json\"",
            ("", ""),
            "setting log.fromat (FILE) does not exist; there are log.filter, log.format",
        ),
        ("a = ", ("", ""), "FILE: TOML parse error at line 1, column 5: "),
        (
            "auth.jwks_url = \"https://x/\"\nauth.jwks_file = \"keys.json\"",
            ("", ""),
            "setting auth.jwks_url (FILE) must be empty when auth.jwks_file is set",
        ),
    ] {
        let environment = Some(environment).filter(|(name, _)| !name.is_empty());
        let error = load(Some(file), environment.as_slice()).unwrap_err();
        let text = error.to_string();
        // The file's name differs from run to run.
        let shown = match text.split_once("file ") {
            Some((before, rest)) if rest.contains(".toml") => {
                let (_, after) = rest.split_once(".toml").unwrap();
                format!("{before}FILE{after}")
            }
            _ => text,
        };
        assert!(shown.starts_with(line) && !shown.contains('\n'), "{shown:?}\nwanted {line:?}");
    }
}

#[test]
fn all_wrong_settings_are_named_at_once() {
    let error = load(Some("nonsense = 1"), &[("MILEPOST_LISTEN", "x"), ("MILEPOST_LOG__FORMAT", "xml")]).unwrap_err();
    let keys: Vec<_> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["listen", "log.format", "nonsense"]);
}

#[test]
fn a_named_file_has_to_be_there() {
    let sources = Sources { file: Some("/nowhere/milepost.toml".into()), ..Default::default() };
    let line = Settings::load(&sources).unwrap_err().to_string();
    assert!(line.starts_with("file /nowhere/milepost.toml: "), "{line}");
}

#[test]
fn production_takes_keys_of_its_own() {
    let settings = load(Some(""), &PRODUCTION).unwrap();
    assert_eq!(settings.vault.keys.keys().collect::<Vec<_>>(), ["k1"]);
    assert_eq!(settings.auth.keys, KeySource::Url("https://id.example.com/keys".into()));
}

#[test]
fn production_refuses_what_is_for_development() {
    let dev_vault = Layers::defaults().text("vault.keys.dev").unwrap();
    let dev_blind = Layers::defaults().text("vault.blind_key").unwrap();
    for (name, value, key) in [
        ("MILEPOST_AUTH__JWKS_URL", "", "auth.jwks_url"),
        ("MILEPOST_AUTH__JWKS_URL", "http://id.example.com/keys", "auth.jwks_url"),
        ("MILEPOST_VAULT__CURRENT", "dev", "vault.current"),
        ("MILEPOST_VAULT__KEYS__K1", dev_vault.as_str(), "vault.current"),
        ("MILEPOST_VAULT__BLIND_KEY", dev_blind.as_str(), "vault.blind_key"),
    ] {
        let environment: Vec<_> =
            PRODUCTION.into_iter().map(|(n, v)| if n == name { (n, value) } else { (n, v) }).collect();
        let error = load(Some(""), &environment).unwrap_err();
        let keys: Vec<_> = error.problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys, [key], "{name}={value}");
    }
}

#[test]
fn webhooks_stay_on_the_open_internet_in_production_unless_a_setting_lets_them() {
    let reach = |environment: &[(&str, &str)]| {
        let reach = load(Some(""), environment).unwrap().webhooks.reach;
        (reach.plain_http, reach.private)
    };
    let set = |value| ("MILEPOST_WEBHOOKS__ALLOW_PRIVATE_NETWORKS", value);
    assert_eq!(reach(&PRODUCTION), (false, false));
    assert_eq!(reach(&[&PRODUCTION[..], &[set("true")]].concat()), (false, true));
    assert_eq!(reach(&[]), (true, true));
    assert_eq!(reach(&[set("false")]), (true, false));
    let error = load(Some(""), &[set("perhaps")]).unwrap_err();
    assert_eq!(error.problems[0].key, "webhooks.allow_private_networks");
}

#[test]
fn a_key_may_stand_in_a_file() {
    let path = std::env::temp_dir().join(format!("milepost-key-{}", entity::EventId::generate()));
    std::fs::write(&path, format!("{KEY_1}\n")).unwrap();
    let value = format!("file:{}", path.display());
    let settings = load(Some(""), &[("MILEPOST_VAULT__BLIND_KEY", &value)]).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(settings.vault.blind_key.expose_secret(), &[0x11; 32]);
}

#[test]
fn secrets_do_not_show() {
    let environment = [
        ("MILEPOST_DATABASE_URL", "postgres://user:hunter2@db/milepost"),
        ("MILEPOST_REDIS_URL", "redis://:hunter2@cache:6379"),
        ("MILEPOST_VAULT__KEYS__K1", KEY_1),
    ];
    let shown = format!("{:?}", load(Some(""), &environment).unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains("17, 17"), "{shown}");
}

#[test]
fn a_client_has_what_default_has_but_for_what_it_says() {
    let settings = load(Some("[clients.kiosk]\nroles = \"ANONYMOUS\"\n"), &[]).unwrap();
    let names: Vec<&str> = settings.clients.keys().map(String::as_str).collect();
    assert_eq!(names, ["default", "kiosk", "mini-program", "mobile", "partner"]);
    let (default, kiosk) = (&settings.clients["default"], &settings.clients["kiosk"]);
    assert_eq!(*kiosk, ClientSettings { roles: vec![None], ..default.clone() });
    assert_eq!((default.documents, default.audience.as_str()), (DocumentMode::Any, "milepost"));

    let production = load(Some(""), &PRODUCTION).unwrap();
    assert!(production.clients.values().all(|client| client.documents == DocumentMode::TrustedOnly));
    let environment = [("MILEPOST_CLIENTS__DEFAULT__DOCUMENTS", "any"), ("MILEPOST_AUTH__AUDIENCE", "other")];
    let opened = load(Some(""), &[&PRODUCTION[..], &environment].concat()).unwrap();
    assert!(opened.clients.values().all(|client| client.documents == DocumentMode::Any && client.audience == "other"));
}

#[test]
fn a_wrong_client_is_told_by_its_key() {
    for (file, words) in [
        ("[clients.mobile]\nroles = \"CUSTOMER, KING\"\n", &["clients.mobile.roles", "ANONYMOUS, CUSTOMER"][..]),
        ("[clients.mobile]\ndocuments = \"none\"\n", &["clients.mobile.documents", "trusted-only"]),
        ("[clients.mobile]\ncolour = \"red\"\n", &["clients.mobile.colour", "does not exist"]),
        ("[clients.\"Kiosk 1\"]\nroles = \"CUSTOMER\"\n", &["clients.Kiosk 1", "small letters"]),
    ] {
        let said = load(Some(file), &[]).unwrap_err().to_string();
        assert!(words.iter().all(|word| said.contains(word)), "{file}: {said}");
    }
}

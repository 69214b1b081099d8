//! The program itself, started as a user starts it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use milepost::seed::{self, Filling};
use milepost::store::Db;
use milepost::store::db::DbOptions;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::harness::{Database, PATIENCE, Server, Socket, TempDir};

/// The program in a folder, with these variables and no others of ours.
fn program(folder: &Path, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    command.current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MILEPOST_")) {
        command.env_remove(name);
    }
    command.envs(environment.iter().copied());
    command
}

fn run(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    program(folder, environment).args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn help_says_what_there_is() {
    let folder = TempDir::new();
    let output = run(folder.path(), &["--help"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for word in ["serve", "migrate", "seed", "token", "schema", "settings", "--config", "MILEPOST_CONFIG"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in ["serve", "migrate", "seed", "token"] {
        assert_eq!(run(folder.path(), &[command, "--help"], &[]).status.code(), Some(0), "{command}");
    }
    assert_eq!(run(folder.path(), &["dance"], &[]).status.code(), Some(2));
}

#[test]
fn a_wrong_setting_is_one_line_and_code_2() {
    let folder = TempDir::new();
    let output = run(folder.path(), &["serve"], &[("MILEPOST_LISTEN", "nowhere")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "milepost: setting listen (environment variable MILEPOST_LISTEN) must be an address and a port, like \
         127.0.0.1:8080\n"
    );
    let output = run(folder.path(), &["serve", "--listen", "nowhere"], &[]);
    assert!(text(&output.stderr).contains("(option --listen)"), "{}", text(&output.stderr));
    std::fs::write(folder.path().join("milepost.toml"), "listne = 1\n").unwrap();
    let output = run(folder.path(), &["migrate", "status"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("milepost: setting listne (file milepost.toml) does not exist;"));
    let output = run(folder.path(), &["--config", "other.toml", "seed"], &[]);
    assert!(text(&output.stderr).starts_with("milepost: file other.toml: "), "{}", text(&output.stderr));
}

#[test]
fn a_part_that_is_missing_is_one_line_and_code_1() {
    let folder = TempDir::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(folder.path(), &["serve", "--listen", &address], &[]);
    assert_eq!(output.status.code(), Some(1));
    let line = text(&output.stderr);
    assert!(line.starts_with(&format!("milepost: cannot listen on {address}: ")), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");

    let nobody = format!("postgres://somebody:hunter2@{address}/milepost");
    drop(taken);
    let output = run(folder.path(), &["migrate", "status"], &[("MILEPOST_DATABASE_URL", &nobody)]);
    assert_eq!(output.status.code(), Some(1));
    let line = text(&output.stderr);
    assert!(line.starts_with("milepost: cannot open the database (setting database_url): "), "{line}");
    assert!(line.lines().count() == 1 && !line.contains("hunter2"), "{line}");
}

#[test]
fn the_schema_and_the_settings_are_printed() {
    let folder = TempDir::new();
    let schema = run(folder.path(), &["schema"], &[]);
    assert_eq!(text(&schema.stdout), milepost::graph::Gateway::sdl());
    let settings = run(folder.path(), &["settings"], &[]);
    assert_eq!(text(&settings.stdout), milepost::settings::DEFAULTS);
    // What it prints is a settings file.
    std::fs::write(folder.path().join("milepost.toml"), &settings.stdout).unwrap();
    assert_eq!(run(folder.path(), &["token", "--role", "customer"], &[]).status.code(), Some(0));
}

#[tokio::test]
async fn migrations_go_up_and_down() {
    let database = Database::empty().await;
    let folder = TempDir::new();
    let environment = [("MILEPOST_DATABASE_URL", database.url())];
    let migrate = |step: &[&str]| {
        let output = run(folder.path(), &[&["migrate"], step].concat(), &environment);
        assert_eq!(output.status.code(), Some(0), "{step:?}: {}", text(&output.stderr));
        let said = text(&output.stdout);
        let count = |word: &str| said.lines().filter(|line| line.starts_with(word)).count();
        (count("applied"), count("pending"))
    };
    let (none, all) = migrate(&["status"]);
    assert!(none == 0 && all >= 8, "{none} {all}");
    assert_eq!(migrate(&["up"]), (all, 0));
    assert_eq!(migrate(&["status"]), (all, 0));
    assert_eq!(migrate(&["down"]), (all - 1, 1));
    assert_eq!(migrate(&["down", "--steps", "2"]), (all - 3, 3));
    assert_eq!(migrate(&["fresh"]), (all, 0));
}

#[tokio::test]
async fn demo_data_is_written_once() {
    let database = Database::empty().await;
    let folder = TempDir::new();
    let environment = [("MILEPOST_DATABASE_URL", database.url())];
    let output = run(folder.path(), &["seed", "--small"], &environment);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).lines().any(|line| line.trim_start().starts_with("60  ")), "{}", text(&output.stdout));
    let again = run(folder.path(), &["seed", "--small"], &environment);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(text(&again.stderr), "milepost: there is data already; `milepost migrate fresh` drops it\n");
}

#[tokio::test]
async fn demo_data_that_was_cut_off_is_noticed() {
    let database = Database::empty().await;
    let folder = TempDir::new();
    let environment = [("MILEPOST_DATABASE_URL", database.url()), ("MILEPOST_LISTEN", "127.0.0.1:0")];
    assert_eq!(run(folder.path(), &["migrate", "up"], &environment).status.code(), Some(0));
    let db = Db::connect(&DbOptions::new(database.url())).await.unwrap();
    let mut seed = program(folder.path(), &environment)
        .args(["seed", "--orders", "50000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + PATIENCE;
    while seed::filling(&db).await.unwrap() == Filling::Empty {
        assert!(Instant::now() < end, "it begins");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    seed.kill().unwrap();
    seed.wait().unwrap();
    for command in ["seed", "serve"] {
        let again = run(folder.path(), &[command], &environment);
        assert_eq!(again.status.code(), Some(1), "{command}");
        assert!(text(&again.stderr).contains("`milepost migrate fresh`"), "{command}: {}", text(&again.stderr));
    }
}

#[tokio::test]
async fn its_tokens_count() {
    let server = Server::start().await;
    let folder = TempDir::new();
    let token = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["token"], arguments].concat(), &[]);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    };
    let customer = server.demo.customer.to_string();
    let client = server.with_token(&token(&["--role", "customer", "--subject", &customer]));
    assert_eq!(client.data("{ me { id } }", json!({})).await["me"]["id"], customer);
    let store = server.demo.store.to_string();
    let staff = server.demo.manager.to_string();
    for arguments in [
        vec!["--role", "store-manager", "--subject", &staff, "--store", &store, "--ttl", "45s"],
        vec!["--role", "operator", "--scope", "pii:read"],
    ] {
        let answer =
            server.with_token(&token(&arguments)).query("{ leads(first: 1) { nodes { id } } }", json!({})).await;
        assert!(answer.errors.is_empty(), "{arguments:?}: {:#}", answer.json);
    }
    for (arguments, code) in [
        (vec!["--role", "admin"], 2),
        (vec!["--role", "customer", "--ttl", "soon"], 2),
        (vec!["--role", "customer", "--subject", &staff], 1),
        (vec!["--role", "customer", "--store", &store], 1),
    ] {
        let output = run(folder.path(), &[&["token"], &arguments[..]].concat(), &[]);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn production_signs_no_tokens_and_seeds_nothing() {
    let folder = TempDir::new();
    let environment = [
        ("MILEPOST_MODE", "production"),
        ("MILEPOST_AUTH__JWKS_URL", "https://id.example/keys"),
        ("MILEPOST_VAULT__CURRENT", "k1"),
        ("MILEPOST_VAULT__KEYS__K1", "1111111111111111111111111111111111111111111111111111111111111111"),
        ("MILEPOST_VAULT__BLIND_KEY", "2222222222222222222222222222222222222222222222222222222222222222"),
    ];
    for arguments in [&["token", "--role", "operator"][..], &["seed"], &["migrate", "fresh"], &["migrate", "down"]] {
        let output = run(folder.path(), arguments, &environment);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).contains("production"), "{arguments:?}: {}", text(&output.stderr));
    }
    assert!(!folder.path().join("data").exists(), "no database was opened");
}

/// The program, serving a database: the process, its address, a customer's token.
async fn serve(folder: &Path, database: &Database) -> (tokio::process::Child, String, String) {
    let command = program(folder, &[("MILEPOST_DATABASE_URL", database.url())]);
    let mut command = tokio::process::Command::from(command);
    command.args(["--config", "/dev/null", "serve", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut url, mut token) = (None, None);
    while let Ok(Some(line)) = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("a greeting in time") {
        if let Some(rest) = line.strip_prefix("GraphQL ") {
            url = rest.trim().strip_suffix("/graphql").map(str::to_owned);
        }
        if let Some(rest) = line.strip_prefix("customer ") {
            token = Some(rest.trim().to_owned());
        }
        if line.contains("milepost token --help") {
            break;
        }
    }
    // Its lines go on being read, or it would wait for somebody to read them.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, url.expect("an address"), token.expect("a token"))
}

/// CPU time of a process so far, in hundredths of a second (proc(5), `utime` and `stime`).
fn cpu(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let after = stat.rsplit_once(')').expect("a name in parentheses").1;
    let field =
        |at: usize| after.split_whitespace().nth(at).and_then(|text| text.parse::<u64>().ok()).expect("a number");
    // The name is the second; these are the 14th and the 15th.
    field(11) + field(12)
}

#[tokio::test]
async fn what_asks_for_too_much_costs_less_than_fifty_milliseconds_of_cpu() {
    const TIMES: u64 = 10;
    let database = Database::demo().await;
    let folder = TempDir::new();
    let (mut child, url, token) = serve(folder.path(), &database).await;
    let pid = child.id().expect("it runs");
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let documents = super::limits::abusive().into_iter();
    let documents = documents.map(|(what, document, _)| (what, json!({ "query": document }).to_string().into_bytes()));
    let bodies = super::limits::nonsense().into_iter().map(|(what, body, _)| (what, body));
    let mut seen = Vec::new();
    for (what, body) in documents.chain(bodies) {
        let before = cpu(pid);
        for _ in 0..TIMES {
            let request = http.post(format!("{url}/graphql")).header("content-type", "application/json");
            let request = request.header("accept", "application/graphql-response+json").bearer_auth(&token);
            // The connection may be cut while a body that is too large is still on its way.
            match request.body(body.clone()).send().await {
                Ok(answer) => assert!(answer.status().is_client_error(), "{what}: {}", answer.status()),
                Err(error) => assert_eq!(what, "20 MB", "{error}"),
            }
        }
        seen.push((what, (cpu(pid) - before) * 10 / TIMES));
    }
    assert!(child.try_wait().unwrap().is_none(), "it serves on");
    let over: Vec<_> = seen.iter().filter(|(_, milliseconds)| *milliseconds >= 50).collect();
    assert!(over.is_empty(), "milliseconds of CPU each: {over:?}");
}

#[tokio::test]
async fn sigterm_ends_it_cleanly_with_sockets_open() {
    let database = Database::demo().await;
    let folder = TempDir::new();
    let (mut child, url, token) = serve(folder.path(), &database).await;
    let mut socket = Socket::open(&url, &[]).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
    assert_eq!(socket.json().await["type"], "connection_ack");
    let order = seed::demo_people().order.to_string();
    let payload = json!({ "query": super::FOLLOW, "variables": { "id": order } });
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(socket.json().await["type"], "next");
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{url}/graphql"));
    let request = request.header("accept", "text/event-stream").bearer_auth(&token);
    let body = json!({ "query": super::FOLLOW, "variables": { "id": order } });
    let mut events = request.json(&body).send().await.unwrap();
    assert!(events.chunk().await.unwrap().is_some());

    let begun = Instant::now();
    let pid = child.id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(socket.close_code().await, 1001);
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.expect("it ends in time").unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The stream ended without `complete`, so that its client comes back.
    let mut rest = Vec::new();
    while let Ok(Some(chunk)) = events.chunk().await {
        rest.extend_from_slice(&chunk);
    }
    assert!(!text(&rest).contains("complete"), "{}", text(&rest));
}

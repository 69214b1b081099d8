//! The load generator: a script for a window, and what wrk says of it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

/// Stands in a body where each request puts a number of its own.
pub const MARK: &str = "@@N@@";

/// Differs from run to run: what a run wrote stands in the database that the next one finds.
pub static RUN: LazyLock<u64> = LazyLock::new(|| UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()));

/// What wrk measured in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Window {
    /// Requests that came back.
    pub requests: u64,
    /// Requests a second.
    pub rps: f64,
    /// Median of the latency.
    pub p50: Duration,
    /// 99 of 100 were at least as fast.
    pub p99: Duration,
    /// Answers other than 2xx and 3xx, and broken sockets.
    pub errors: u64,
}

/// What a script sends.
pub struct Load<'a> {
    /// Path and query.
    pub path: &'a str,
    /// The body, perhaps with [`MARK`]s.
    pub body: &'a str,
    /// A file with one `Authorization` value a line, taken in turn; without a line, anonymous.
    pub tokens: &'a Path,
    /// Makes this window's numbers differ from every other window's.
    pub seed: &'a str,
}

/// The script. A body without marks and with one caller is formatted once.
pub fn script(load: &Load<'_>) -> String {
    let mut lua = String::new();
    let pieces: Vec<&str> = load.body.split(MARK).collect();
    // Writing to a String does not fail.
    let _ = writeln!(lua, "wrk.method = 'POST'\nwrk.path = '{}'", load.path);
    let _ = writeln!(lua, "wrk.headers['content-type'] = 'application/json'");
    let _ = writeln!(lua, "wrk.headers['accept-language'] = 'zh-CN'");
    let _ = writeln!(lua, "local tokens = {{}}\nfor line in io.lines('{}') do", load.tokens.display());
    let _ = writeln!(lua, "  tokens[#tokens + 1] = line\nend");
    let _ = writeln!(lua, "if tokens[1] then wrk.headers['authorization'] = tokens[1] end");
    if let [body] = pieces[..] {
        let _ = writeln!(lua, "wrk.body = [==[{body}]==]");
        return lua;
    }
    let _ = writeln!(lua, "local n = 0\nrequest = function()\n  n = n + 1\n  local id = '{}' .. n", load.seed);
    let _ = writeln!(lua, "  if #tokens > 1 then wrk.headers['authorization'] = tokens[n % #tokens + 1] end");
    let joined: Vec<String> = pieces.iter().map(|piece| format!("[==[{piece}]==]")).collect();
    let _ = writeln!(lua, "  return wrk.format(nil, nil, nil, {})\nend", joined.join(" .. id .. "));
    lua
}

/// Runs one window. One thread is enough for what two cores can answer, and leaves them to the servers.
pub async fn run(url: &str, script: &Path, connections: u32, seconds: u32) -> Result<Window> {
    let output = Command::new("wrk")
        .args(["--latency", "-t", "1", "-c", &connections.to_string(), "-d", &format!("{seconds}s")])
        .args(["--timeout", "20s", "-s"])
        .arg(script)
        .arg(url)
        .kill_on_drop(true)
        .output()
        .await
        .context("wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    parse(&text)
}

/// Reads wrk 4's report.
///
/// # Errors
/// When a figure is missing.
pub fn parse(text: &str) -> Result<Window> {
    let mut window = Window::default();
    let mut seen = 0;
    for line in text.lines().map(str::trim) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["50%", time] => (window.p50, seen) = (duration(time)?, seen + 1),
            ["99%", time] => (window.p99, seen) = (duration(time)?, seen + 1),
            [count, "requests", "in", ..] => (window.requests, seen) = (count.parse()?, seen + 1),
            ["Requests/sec:", rate] => (window.rps, seen) = (rate.parse()?, seen + 1),
            ["Non-2xx", .., count] => window.errors += count.parse::<u64>()?,
            ["Socket", "errors:", ..] => {
                let counts = words.iter().filter_map(|word| word.trim_end_matches(',').parse::<u64>().ok());
                window.errors += counts.sum::<u64>();
            }
            _ => {}
        }
    }
    ensure!(seen == 4, "wrk's report has another form: {text}");
    Ok(window)
}

/// A time as wrk writes it: `812.00us`, `1.10ms`, `2.05s`, `1.00m`.
fn duration(text: &str) -> Result<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => bail!("no time: {text}"),
    };
    Ok(Duration::from_secs_f64(text[..text.len() - unit.len()].parse::<f64>()? * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "Running 2s test @ http://127.0.0.1:20001/graphql
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.10ms  500.00us  10.00ms   90.00%
    Req/Sec    14.31k     1.20k   15.00k    70.00%
  Latency Distribution
     50%  812.00us
     75%    1.20ms
     90%    1.50ms
     99%    2.05s
  28511 requests in 2.10s, 20.00MB read
";

    #[test]
    fn the_report_is_read() {
        let plain = parse(&format!("{REPORT}Requests/sec:  13576.67\nTransfer/sec:      9.52MB\n"));
        let wanted = Window {
            requests: 28_511,
            rps: 13_576.67,
            p50: Duration::from_micros(812),
            p99: Duration::from_millis(2050),
            errors: 0,
        };
        assert_eq!(plain.ok(), Some(wanted));
    }

    #[test]
    fn broken_sockets_and_refusals_are_errors() {
        let text = format!(
            "{REPORT}  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 12\nRequests/sec: 1.0\n"
        );
        assert_eq!(parse(&text).map(|window| window.errors).ok(), Some(18));
    }

    #[test]
    fn a_report_of_another_form_is_refused() {
        assert!(parse(REPORT).is_err());
        assert!(duration("5h").is_err() && duration("us").is_err());
    }

    #[test]
    fn a_marked_body_gets_a_number_for_each_request_and_a_plain_one_is_set_once() {
        let tokens = Path::new("/tmp/tokens");
        let load = |body| script(&Load { path: "/x", body, tokens, seed: "w1_" });
        let marked = load("{\"a\":\"@@N@@\",\"b\":\"@@N@@\"}");
        assert!(marked.contains(r#"[==[{"a":"]==] .. id .. [==[","b":"]==] .. id .. [==["}]==]"#), "{marked}");
        assert!(load("{}").contains("wrk.body = [==[{}]==]"));
    }
}

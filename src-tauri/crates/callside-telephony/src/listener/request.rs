//! The bytes of a hook request: parsing, and the answers.
//!
//! Pure, so that hostile bytes can be thrown at it without a socket.

use percent_encoding::percent_decode_str;

/// Request line and headers together.
const LONGEST_HEAD: usize = 8 * 1024;
const LONGEST_QUERY: usize = 2048;
const LONGEST_BODY: usize = 4096;
const MOST_HEADERS: usize = 64;

/// Why a request is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("read hook request: it cannot be read")]
    Unreadable,
    #[error("read hook request: it carries no right key")]
    WrongKey,
    #[error("read hook request: it comes from a web page")]
    FromPage,
    #[error("read hook request: it is meant for another host")]
    ForeignHost,
    #[error("read hook request: there is nothing at this path")]
    UnknownPath,
    #[error("read hook request: only GET and POST are taken")]
    Method,
    #[error("read hook request: the body is too long")]
    LongBody,
    #[error("read hook request: the address is too long")]
    LongQuery,
    #[error("read hook request: the headers are too long")]
    LongHead,
    #[error("read hook request: the body is not a form")]
    NotAForm,
    #[error("read hook request: too many wrong keys")]
    TooManyWrongKeys,
}

impl Refusal {
    fn status(self) -> &'static str {
        match self {
            Self::Unreadable => "400 Bad Request",
            Self::WrongKey | Self::FromPage | Self::ForeignHost => "403 Forbidden",
            Self::UnknownPath => "404 Not Found",
            Self::Method => "405 Method Not Allowed",
            Self::LongBody => "413 Content Too Large",
            Self::LongQuery => "414 URI Too Long",
            Self::NotAForm => "415 Unsupported Media Type",
            Self::TooManyWrongKeys => "429 Too Many Requests",
            Self::LongHead => "431 Request Header Fields Too Large",
        }
    }

    fn body(self) -> &'static str {
        match self {
            Self::Unreadable => "The request cannot be read.\n",
            Self::WrongKey => "The hook key is missing or wrong.\n",
            Self::FromPage => "Web pages may not report calls.\n",
            Self::ForeignHost => "This is not the host of that name.\n",
            Self::UnknownPath => "There is nothing here.\n",
            Self::Method => "Only GET and POST.\n",
            Self::LongBody | Self::LongQuery | Self::LongHead => "The request is too long.\n",
            Self::NotAForm => "The body is not a form.\n",
            Self::TooManyWrongKeys => "Too many wrong keys. Wait a moment.\n",
        }
    }
}

/// The bytes of an answer. None of them allows a web page to read it.
pub(super) fn answer(answer: Result<(), Refusal>) -> Vec<u8> {
    const COMMON: &str = "Connection: close\r\nCache-Control: no-store\r\n";
    let Err(refusal) = answer else {
        return format!("HTTP/1.1 204 No Content\r\n{COMMON}\r\n").into_bytes();
    };
    let (status, body) = (refusal.status(), refusal.body());
    let allow = match refusal {
        Refusal::Method => "Allow: GET, POST\r\n",
        Refusal::TooManyWrongKeys => "Retry-After: 10\r\n",
        _ => "",
    };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{COMMON}{allow}Content-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Request line and headers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    method: String,
    /// Host named in the request line, as proxies are asked.
    named_host: Option<String>,
    path: String,
    /// As it came, still encoded.
    query: String,
    headers: Vec<(String, String)>,
    /// Bytes of body that follow.
    pub(super) body_len: usize,
}

impl Head {
    /// Reads the head and says where the body begins. None when more bytes are needed.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Refusal> {
        let (head, body_at) = match head_end(bytes) {
            Some(found) if found.1 <= LONGEST_HEAD => found,
            None if bytes.len() <= LONGEST_HEAD => return Ok(None),
            _ => return Err(Refusal::LongHead),
        };
        // Phones write names in Latin-1 now and then; a strange letter is no reason to refuse.
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split('\n').map(|line| line.trim_end_matches('\r'));
        let (method, target) = request_line(lines.next().unwrap_or_default())?;
        let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
        if headers.len() > MOST_HEADERS {
            return Err(Refusal::LongHead);
        }
        let (named_host, rest) = split_host(target)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        if query.len() > LONGEST_QUERY {
            return Err(Refusal::LongQuery);
        }
        let mut head = Self {
            method: method.to_owned(),
            named_host,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body_len: 0,
        };
        head.body_len = head.announced_body()?;
        Ok(Some((head, body_at)))
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The header, which may come once at most.
    fn single(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.header(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Refusal::Unreadable),
        }
    }

    fn announced_body(&self) -> Result<usize, Refusal> {
        if self.header("transfer-encoding").next().is_some() {
            return Err(Refusal::Unreadable);
        }
        let Some(length) = self.single("content-length")? else {
            return Ok(0);
        };
        if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Refusal::Unreadable);
        }
        match length.parse() {
            Ok(length) if length <= LONGEST_BODY => Ok(length),
            _ => Err(Refusal::LongBody),
        }
    }

    /// Every name by which the request calls this host must be one of its own.
    pub(super) fn check_names(&self, is_own: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let host = self.single("host")?.ok_or(Refusal::ForeignHost)?;
        let named = self.named_host.as_deref().unwrap_or(host);
        let own = [host, named]
            .into_iter()
            .all(|host| without_port(host).is_some_and(&is_own));
        own.then_some(()).ok_or(Refusal::ForeignHost)
    }

    /// Browsers say so when a page asks. `none` is an address typed or opened by another program.
    pub(super) fn check_not_a_page(&self) -> Result<(), Refusal> {
        let from_page = self.header("origin").next().is_some()
            || self
                .header("sec-fetch-site")
                .any(|site| !site.eq_ignore_ascii_case("none"))
            || self.headers.iter().any(|(name, _)| {
                name.starts_with("access-control-request-") || name == "sec-websocket-key"
            });
        if from_page {
            return Err(Refusal::FromPage);
        }
        Ok(())
    }

    /// The action in the path. `/c/r` and its kin are for phones with room for 128 characters.
    pub(super) fn action(&self) -> Result<&'static str, Refusal> {
        let action = match self.path.trim_end_matches('/') {
            "/v1/call/ringing" | "/c/r" => "ringing",
            "/v1/call/dialing" | "/c/d" => "dialing",
            "/v1/call/answered" | "/c/a" => "answered",
            "/v1/call/ended" | "/c/e" => "ended",
            _ => return Err(Refusal::UnknownPath),
        };
        match self.method.as_str() {
            "GET" | "POST" => Ok(action),
            _ => Err(Refusal::Method),
        }
    }

    /// What was said, in the address and then in the form.
    pub(super) fn pairs(&self, body: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
        let mut pairs = query_pairs(&self.query);
        if body.is_empty() || self.method != "POST" {
            return Ok(pairs);
        }
        let kind = self.single("content-type")?.unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::NotAForm);
        }
        pairs.extend(form_pairs(&String::from_utf8_lossy(body)));
        Ok(pairs)
    }
}

/// The head without its last line break, and where the body begins.
fn head_end(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let find = |end: &[u8]| {
        let at = bytes.windows(end.len()).position(|window| window == end)?;
        Some((bytes.get(..at)?, at + end.len()))
    };
    match (find(b"\r\n\r\n"), find(b"\n\n")) {
        (Some(strict), Some(loose)) => Some(if strict.1 < loose.1 { strict } else { loose }),
        (strict, loose) => strict.or(loose),
    }
}

/// Method and target. The target may hold blanks, so it is what stands between the first blank and
/// the version.
fn request_line(line: &str) -> Result<(&str, &str), Refusal> {
    if line.chars().any(|c| c.is_control()) {
        return Err(Refusal::Unreadable);
    }
    let (method, rest) = line.split_once(' ').ok_or(Refusal::Unreadable)?;
    let (target, version) = rest.rsplit_once(' ').ok_or(Refusal::Unreadable)?;
    let known_version = matches!(version, "HTTP/1.1" | "HTTP/1.0");
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    if !known_version || !is_method {
        return Err(Refusal::Unreadable);
    }
    Ok((method, target.trim()))
}

fn header(line: &str) -> Result<(String, String), Refusal> {
    let (name, value) = line.split_once(':').ok_or(Refusal::Unreadable)?;
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b);
    let clean = !value.chars().any(|c| c.is_control() && c != '\t');
    if name.is_empty() || !name.bytes().all(allowed) || !clean {
        return Err(Refusal::Unreadable);
    }
    Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
}

/// Splits `http://host/path` and `/path`.
fn split_host(target: &str) -> Result<(Option<String>, &str), Refusal> {
    if target.starts_with('/') || target == "*" {
        return Ok((None, target));
    }
    let rest = target.strip_prefix("http://").ok_or(Refusal::Unreadable)?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, rest) = rest.split_at_checked(at).ok_or(Refusal::Unreadable)?;
    Ok((Some(host.to_owned()), rest))
}

/// `host` of `host:port` and `[::1]:port`. None for what is neither.
fn without_port(host: &str) -> Option<&str> {
    let port_at = match host.rfind(']') {
        Some(end) => host.get(end..)?.find(':').map(|colon| end + colon),
        None => host.find(':'),
    };
    let Some(port_at) = port_at else {
        return Some(host);
    };
    let (name, port) = host.split_at_checked(port_at)?;
    let port = port.strip_prefix(':')?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(name)
}

/// Words of an address. A plus is a plus, since numbers begin with one; the free text `name` stands
/// last and runs to the end, since it may hold anything.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = query;
    while !rest.is_empty() {
        let (word, after) = match name_at(rest) {
            true => (rest, ""),
            false => rest.split_once('&').unwrap_or((rest, "")),
        };
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        pairs.push((long_key(&decode(key)), decode(value)));
        rest = after;
    }
    pairs
}

fn name_at(query: &str) -> bool {
    query.starts_with("name=") || query.starts_with("n=")
}

/// Words of a form, which are encoded properly. Still a plus at the start of a value is one: no
/// encoder puts a blank there, and a careless phone means a number.
fn form_pairs(body: &str) -> Vec<(String, String)> {
    body.trim()
        .split('&')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let value = match value.strip_prefix('+') {
                Some(rest) => format!("%2B{}", rest.replace('+', " ")),
                None => value.replace('+', " "),
            };
            (long_key(&decode(key)), decode(&value))
        })
        .collect()
}

/// Phones with little room say one letter.
fn long_key(key: &str) -> String {
    match key {
        "k" => "key",
        "f" => "from",
        "t" => "to",
        "n" => "name",
        "i" => "id",
        "a" => "app",
        "l" => "line",
        other => other,
    }
    .to_owned()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Head, Refusal> {
        Head::parse(text.as_bytes()).map(|head| head.unwrap().0)
    }

    fn said(target: &str) -> Vec<(String, String)> {
        let head = parse(&format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).unwrap();
        head.pairs(b"").unwrap()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |&(key, value): &(&str, &str)| (key.to_owned(), value.to_owned());
        expected.iter().map(own).collect()
    }

    #[test]
    fn careless_addresses_are_read_as_they_were_meant() {
        for (target, expected) in [
            ("/c/r?from=+33199000123", &[("from", "+33199000123")][..]),
            (
                "/c/r?f=%2B33199000123&k=K",
                &[("from", "+33199000123"), ("key", "K")],
            ),
            (
                "/c/r?from=<sip:0199000123@pbx;user=phone>&key=K",
                &[("from", "<sip:0199000123@pbx;user=phone>"), ("key", "K")],
            ),
            (
                "/c/r?key=K&from=01 99 00 01 23&name=A & B = C",
                &[
                    ("key", "K"),
                    ("from", "01 99 00 01 23"),
                    ("name", "A & B = C"),
                ],
            ),
            ("/c/r?from=0199%zz&key", &[("from", "0199%zz"), ("key", "")]),
            ("/c/r?&&x=%ff", &[("", ""), ("", ""), ("x", "\u{fffd}")]),
            ("/c/r", &[]),
            ("http://localhost/c/r?from=*#1", &[("from", "*#1")]),
        ] {
            assert_eq!(said(target), pairs(expected), "{target}");
        }
    }

    #[test]
    fn a_form_is_read_like_a_form() {
        let body = b"from=%2B33199000123&to=+33199000124&name=A+B&key=K";
        let text = format!("POST /c/r HTTP/1.1\nContent-Length: {}\n\n", body.len());
        let head = parse(&text).unwrap();
        assert_eq!(head.body_len, body.len());
        let expected = [
            ("from", "+33199000123"),
            ("to", "+33199000124"),
            ("name", "A B"),
            ("key", "K"),
        ];
        assert_eq!(head.pairs(body).unwrap(), pairs(&expected));
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for (text, refusal) in [
            ("\r\n\r\n", Refusal::Unreadable),
            ("GET\r\n\r\n", Refusal::Unreadable),
            ("GET / HTTP/2.0\r\n\r\n", Refusal::Unreadable),
            ("get / HTTP/1.1\r\n\r\n", Refusal::Unreadable),
            ("GET /\0 HTTP/1.1\r\n\r\n", Refusal::Unreadable),
            ("GET ftp://x/ HTTP/1.1\r\n\r\n", Refusal::Unreadable),
            ("GET / HTTP/1.1\r\nHost\r\n\r\n", Refusal::Unreadable),
            ("GET / HTTP/1.1\r\n Host: x\r\n\r\n", Refusal::Unreadable),
            ("GET / HTTP/1.1\r\nA: \0\r\n\r\n", Refusal::Unreadable),
            (
                "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                Refusal::Unreadable,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                Refusal::Unreadable,
            ),
            (
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                Refusal::Unreadable,
            ),
            (
                "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                Refusal::LongBody,
            ),
        ] {
            assert_eq!(parse(text), Err(refusal), "{text:?}");
        }
        let long = format!("GET /?{} HTTP/1.1\r\n\r\n", "x".repeat(LONGEST_QUERY + 1));
        assert_eq!(parse(&long), Err(Refusal::LongQuery));
        let endless = "x".repeat(LONGEST_HEAD + 1);
        assert_eq!(Head::parse(endless.as_bytes()), Err(Refusal::LongHead));
    }

    #[test]
    fn half_a_head_waits_for_the_rest() {
        let whole = b"GET /c/r HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(Head::parse(&whole[..cut]), Ok(None));
        }
        assert!(Head::parse(whole).unwrap().is_some());
    }

    #[test]
    fn ports_are_not_part_of_the_name() {
        for (host, expected) in [
            ("localhost:80", Some("localhost")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("[::1]:41870", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("localhost:", Some("localhost")),
            ("localhost:80@evil.example", None),
            ("::1", None),
        ] {
            assert_eq!(without_port(host), expected, "{host}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            if let Ok(Some((head, _))) = Head::parse(&bytes) {
                let _ = head.pairs(&bytes);
            }
        }

        #[test]
        fn no_request_panics(
            line in "(GET|POST|OPTIONS) (/c/r|http://)?[ -~é]{0,60} HTTP/1.[01]",
            header in "[A-Za-z-]{0,12}:? ?[ -~é]{0,30}",
            body in "[ -~é+&=%]{0,60}",
        ) {
            let text = format!("{line}\r\n{header}\r\n\r\n");
            if let Ok(Some((head, _))) = Head::parse(text.as_bytes()) {
                let _ = head.pairs(body.as_bytes());
                let _ = head.action();
                let _ = head.check_names(|_| true);
                let _ = head.check_not_a_page();
            }
        }
    }
}

//! Request heads that are valid by construction, in parts that a shape can spoil.

use real::http::Framing;

use crate::dice::Dice;

pub(crate) const TOKEN: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";
const PATH: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@%/";
const VALUE: &[u8] = b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\t0123456789,;:=\"()<>@/[]?{}\\\x80\xff\xe4";
const NAME: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-.";

/// A head in parts.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) before: Vec<u8>,
    pub(crate) method: Vec<u8>,
    pub(crate) gap: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) second_gap: Vec<u8>,
    pub(crate) version: Vec<u8>,
    pub(crate) end: Vec<u8>,
    pub(crate) lines: Vec<Line>,
    pub(crate) last: Vec<u8>,
    pub(crate) facts: Facts,
}

/// A field line in parts.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) name: Vec<u8>,
    pub(crate) colon: Vec<u8>,
    pub(crate) value: Vec<u8>,
    pub(crate) end: Vec<u8>,
}

/// What must be found in a head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) framing: Framing,
    pub(crate) persistent: bool,
    pub(crate) expects_continue: bool,
    pub(crate) upgrade: bool,
    pub(crate) authority: Option<Vec<u8>>,
}

impl Line {
    pub(crate) fn new(name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        Line {
            name: name.into(),
            colon: b": ".to_vec(),
            value: value.into(),
            end: b"\r\n".to_vec(),
        }
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

impl Head {
    /// Any valid head.
    pub(crate) fn any(dice: &mut Dice) -> Head {
        let mut head = Head::start(dice);
        head.choose_target(dice);
        for _ in 0..dice.below(12) {
            let line = any_line(dice);
            head.lines.push(line);
        }
        head.choose_framing(dice);
        head.choose_connection(dice);
        head.shuffle(dice);
        head
    }

    fn start(dice: &mut Dice) -> Head {
        let old = dice.one_in(10);
        Head {
            before: if dice.one_in(20) {
                b"\r\n".to_vec()
            } else {
                Vec::new()
            },
            method: any_method(dice),
            gap: b" ".to_vec(),
            target: [b"/".to_vec(), dice.text(PATH, 0, 40)].concat(),
            second_gap: b" ".to_vec(),
            version: if old { b"HTTP/1.0" } else { b"HTTP/1.1" }.to_vec(),
            end: b"\r\n".to_vec(),
            lines: Vec::new(),
            last: b"\r\n".to_vec(),
            facts: Facts {
                framing: Framing::None,
                persistent: !old,
                expects_continue: false,
                upgrade: false,
                authority: None,
            },
        }
    }

    /// Target and `Host`, which must agree.
    fn choose_target(&mut self, dice: &mut Dice) {
        let host = any_host(dice);
        if self.method == b"CONNECT" {
            self.target = [host.as_slice(), b":443"].concat();
            self.lines.push(Line::new("Host", self.target.clone()));
            self.facts.authority = Some(self.target.clone());
            return;
        }
        if self.method == b"OPTIONS" && dice.one_in(2) {
            self.target = b"*".to_vec();
        } else if dice.one_in(10) {
            let path = if dice.one_in(3) {
                Vec::new()
            } else {
                self.target.clone()
            };
            self.target = [b"http://", host.as_slice(), &path].concat();
        }
        let absolute = self.target.starts_with(b"http");
        let has_host = self.is_11() || dice.one_in(2);
        if has_host {
            let name = dice.recased("Host");
            self.lines.push(Line::new(name, host.clone()));
        }
        self.facts.authority = (absolute || has_host).then_some(host);
    }

    fn choose_framing(&mut self, dice: &mut Dice) {
        if self.method == b"CONNECT" {
            return;
        }
        match dice.below(4) {
            0 => self.frame_by_length(dice),
            1 if self.is_11() => self.frame_by_chunks(dice),
            _ => {}
        }
        if dice.one_in(10) {
            self.lines
                .push(Line::new("Expect", dice.recased("100-continue")));
            let waits = !matches!(self.facts.framing, Framing::None | Framing::Length(0));
            self.facts.expects_continue = waits && self.is_11();
        }
    }

    fn frame_by_length(&mut self, dice: &mut Dice) {
        let length = dice.one_of(&[0, 1, 42, 1 << 20]);
        self.lines.push(Line::new(
            dice.recased("Content-Length"),
            length.to_string(),
        ));
        self.facts.framing = Framing::Length(length);
    }

    fn frame_by_chunks(&mut self, dice: &mut Dice) {
        let (name, value) = (dice.recased("Transfer-Encoding"), dice.recased("chunked"));
        self.lines.push(Line::new(name, value));
        self.facts.framing = Framing::Chunked;
    }

    fn choose_connection(&mut self, dice: &mut Dice) {
        let option = dice.one_of(&[
            "",
            "close",
            "keep-alive",
            "upgrade",
            "x-a, x-b",
            "close, TE",
        ]);
        if !option.is_empty() {
            self.lines
                .push(Line::new(dice.recased("Connection"), dice.recased(option)));
        }
        match option {
            "keep-alive" => self.facts.persistent = true,
            "close" | "close, TE" => self.facts.persistent = false,
            "upgrade" => {
                self.lines.push(Line::new("Upgrade", "websocket"));
                self.facts.upgrade = self.is_11();
            }
            _ => {}
        }
    }

    fn shuffle(&mut self, dice: &mut Dice) {
        for index in (1..self.lines.len()).rev() {
            self.lines.swap(index, dice.below(index + 1));
        }
    }

    pub(crate) fn is_11(&self) -> bool {
        self.version == b"HTTP/1.1"
    }

    /// An HTTP/1.1 head for a path, with a `Host` and without framing: something to build on.
    pub(crate) fn plain(&mut self) {
        self.method = b"POST".to_vec();
        self.target = b"/".to_vec();
        self.version = b"HTTP/1.1".to_vec();
        self.remove("Content-Length");
        self.remove("Transfer-Encoding");
        self.set("Host", "a.example");
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.lines.retain(|line| !line.is(name));
    }

    /// Makes it the only line of this name, at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.remove(name);
        self.add(name, value);
    }

    pub(crate) fn add(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.lines.push(Line::new(name, value));
    }

    /// A line that may be spoiled; it means nothing, and others follow or precede it.
    pub(crate) fn line(&mut self, dice: &mut Dice) -> &mut Line {
        let at = dice.below(self.lines.len() + 1);
        self.lines.insert(at, any_line(dice));
        &mut self.lines[at]
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let start = [
            &self.before,
            &self.method,
            &self.gap,
            &self.target,
            &self.second_gap,
            &self.version,
            &self.end,
        ];
        let mut bytes = start.map(Vec::as_slice).concat();
        for line in &self.lines {
            for part in [&line.name, &line.colon, &line.value, &line.end] {
                bytes.extend_from_slice(part);
            }
        }
        bytes.extend_from_slice(&self.last);
        bytes
    }
}

fn any_method(dice: &mut Dice) -> Vec<u8> {
    const METHODS: [&str; 12] = [
        "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH",
        "CONNECT", "get",
    ];
    match dice.one_in(10) {
        true => [b"X".to_vec(), dice.text(TOKEN, 0, 20)].concat(),
        false => dice.one_of(&METHODS).into(),
    }
}

fn any_host(dice: &mut Dice) -> Vec<u8> {
    dice.one_of(&["a.example", "127.0.0.1", "[::1]", "a-b_c.d", "localhost"])
        .into()
}

/// A field that means nothing.
fn any_line(dice: &mut Dice) -> Line {
    let name = [b"x-".to_vec(), dice.text(NAME, 0, 20)].concat();
    let value = dice.text(VALUE, 0, 60).trim_ascii().to_vec();
    let mut line = Line::new(name, value);
    if dice.one_in(5) {
        line.colon = [b":".to_vec(), dice.text(b" \t", 0, 3)].concat();
        line.end = [dice.text(b" \t", 0, 3), b"\r\n".to_vec()].concat();
    }
    line
}

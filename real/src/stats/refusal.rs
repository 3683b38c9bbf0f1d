//! Why a request was turned away before anybody served it.

/// Why a request, or a connection, was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Refusal {
    /// No slot became free while it waited (503).
    NoSlot,
    /// The adaptive limit of requests at once was reached (503).
    Concurrency,
    /// Its client sends too many (429).
    Rate,
    /// No backend could take it (502, 503 or 504).
    NoBackend,
    /// There was no descriptor left to accept it with.
    Descriptors,
    /// TLS came to nothing.
    Handshake,
    /// The PROXY header is none, or from nobody who may send one.
    ProxyHeader,
    /// No head in time (408).
    HeadTimeout,
    /// The body stalled (408).
    BodyTimeout,
    /// It is not HTTP as it should be (400).
    Malformed,
    /// The body is too long (413).
    BodyTooLarge,
    /// The target is too long (414).
    TargetTooLong,
    /// The head is too long (431).
    HeadTooLarge,
    /// Something of HTTP that is not offered (501, 405).
    NotImplemented,
    /// Another version of HTTP (505).
    Version,
}

impl Refusal {
    /// All there are.
    pub const ALL: [Refusal; 15] = [
        Refusal::NoSlot,
        Refusal::Concurrency,
        Refusal::Rate,
        Refusal::NoBackend,
        Refusal::Descriptors,
        Refusal::Handshake,
        Refusal::ProxyHeader,
        Refusal::HeadTimeout,
        Refusal::BodyTimeout,
        Refusal::Malformed,
        Refusal::BodyTooLarge,
        Refusal::TargetTooLong,
        Refusal::HeadTooLarge,
        Refusal::NotImplemented,
        Refusal::Version,
    ];

    /// What the answer's status says of a message that was refused by its shape.
    pub const fn of_status(status: u16) -> Refusal {
        match status {
            408 => Refusal::HeadTimeout,
            413 => Refusal::BodyTooLarge,
            414 => Refusal::TargetTooLong,
            431 => Refusal::HeadTooLarge,
            405 | 501 => Refusal::NotImplemented,
            505 => Refusal::Version,
            _ => Refusal::Malformed,
        }
    }

    /// What it is called in metrics.
    pub const fn label(self) -> &'static str {
        match self {
            Refusal::NoSlot => "no_slot",
            Refusal::Concurrency => "concurrency",
            Refusal::Rate => "rate",
            Refusal::NoBackend => "no_backend",
            Refusal::Descriptors => "descriptors",
            Refusal::Handshake => "handshake",
            Refusal::ProxyHeader => "proxy_header",
            Refusal::HeadTimeout => "head_timeout",
            Refusal::BodyTimeout => "body_timeout",
            Refusal::Malformed => "malformed",
            Refusal::BodyTooLarge => "body_too_large",
            Refusal::TargetTooLong => "target_too_long",
            Refusal::HeadTooLarge => "head_too_large",
            Refusal::NotImplemented => "not_implemented",
            Refusal::Version => "version",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_listed_in_its_place() {
        for (index, refusal) in Refusal::ALL.into_iter().enumerate() {
            assert_eq!(refusal as usize, index);
        }
    }
}

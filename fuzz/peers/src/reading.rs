//! What somebody made of a stream of bytes: the messages in it, and why reading stopped.
//!
//! Decides nothing. Every peer's answer and the core's are put into this form to be compared.

/// One complete message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Message {
    /// The method of a request, the status code of a response.
    pub(crate) start: String,
    /// A request's target, as this reader shows it. Empty for a response.
    pub(crate) target: Vec<u8>,
    /// Content, without its framing.
    pub(crate) content: Vec<u8>,
    /// The offset of the first byte behind the message, if this reader tells.
    pub(crate) end: Option<usize>,
}

/// Why nothing was read after the last message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// More bytes are waited for.
    Waiting,
    /// The connection ends in good order.
    Closed,
    /// What follows is another protocol.
    Switched,
    /// The rule that was broken, in the reader's own words.
    Refused(String),
}

/// A whole stream, as one reader understood it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reading {
    pub(crate) messages: Vec<Message>,
    pub(crate) stop: Stop,
}

impl Reading {
    /// Without interim responses, and up to the first final one: what a proxy relays.
    pub(crate) fn first_final(&self) -> Self {
        let found = self.messages.iter().find(|m| !m.start.starts_with('1'));
        let stop = if found.is_some() { Stop::Closed } else { self.stop.clone() };
        Self { messages: found.cloned().into_iter().collect(), stop }
    }
}

/// `GET "" ..80, POST "hello" ..170, then Waiting`.
impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Message { start, content, end, .. } in &self.messages {
            write!(f, "{start} {:?}", String::from_utf8_lossy(content))?;
            match end {
                Some(end) => write!(f, " ..{end}, ")?,
                None => f.write_str(", ")?,
            }
        }
        write!(f, "then {:?}", self.stop)
    }
}

//! A response as it stands in some bytes, read by the core alone: all at once, without a driver.

use blazeio::{
    Client, Connection, Event, Length, Limits, PeerErrorKind, Request, ResponseHead, Timeouts,
};

static LIMITS: Limits = Limits { timeouts: Timeouts::OFF, ..Limits::DEFAULT };

/// What was read of it.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: Option<u16>,
    /// The number in its field `X`.
    pub(crate) number: Option<usize>,
    pub(crate) content: Vec<u8>,
    /// The first byte behind it, once it is complete.
    pub(crate) end: Option<usize>,
    /// Its end is that of the input.
    pub(crate) lasts_until_close: bool,
    /// It is no HTTP.
    pub(crate) refused: Option<PeerErrorKind>,
}

impl Response {
    /// The first response in `bytes`, which are all there is, to `request`.
    pub(crate) fn to(request: &Request<'_>, bytes: &[u8]) -> Self {
        let mut connection = Connection::<Client>::new(&LIMITS, 0);
        let (mut input, mut out) = (bytes.to_vec(), [0; 512]);
        let n = connection.send_head(request, &mut out).expect("room").written;
        let _ = connection.sent(n, 0);
        // A request's own content is not what this is about.
        let (mut this, mut at) = (Self::default(), 0);
        loop {
            let rest = &mut input[at..];
            let step = match connection.receive(rest, 0) {
                Ok(step) => step,
                Err(error) => {
                    this.refused = refusal(error.kind());
                    return this;
                }
            };
            match step.event {
                Event::Response(head) => this.begin(&head.on(rest)),
                Event::Content(piece) => this.content.extend_from_slice(piece.on(rest)),
                Event::Interim(_) | Event::Trailers(_) => {}
                Event::End | Event::Tunnel => {
                    this.end = Some(at + step.consumed);
                    return this;
                }
                Event::NeedInput => connection.end_of_input(),
                Event::Closed(_) => return this,
                other => panic!("a client that only reads: {other:?}"),
            }
            at += step.consumed;
        }
    }

    fn begin(&mut self, head: &ResponseHead<'_>) {
        self.status = Some(head.status());
        self.lasts_until_close = head.length() == Length::UntilClose;
        let number = head.field("X").and_then(|text| std::str::from_utf8(text).ok());
        self.number = number.and_then(|text| text.parse().ok());
    }
}

/// What the core refused, if not only the end of input.
fn refusal(kind: PeerErrorKind) -> Option<PeerErrorKind> {
    use PeerErrorKind::{NoResponse, TruncatedContent, TruncatedHead};
    Some(kind).filter(|kind| ![NoResponse, TruncatedContent, TruncatedHead].contains(kind))
}

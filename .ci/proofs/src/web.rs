//! Every function of `blazeio::web` but its routes: a part of the program `api`.

use crate::shown::{described, print, same, show};
use blazeio::web::condition::{EntityTag, Validators, allows_range, evaluate};
use blazeio::web::disposition::{Attachment, Disposition};
use blazeio::web::forwarded::{Forwarded, Node, Syntax, client};
use blazeio::web::media_type::MediaType;
use blazeio::web::multipart::{Multipart, MultipartEvent, MultipartLimits, Part};
use blazeio::web::negotiate::{coding, language, media_type};
use blazeio::web::parameter::{Parameters, Value};
use blazeio::web::percent::{Decode, Encode, Set};
use blazeio::web::range::{ContentRange, Selection};
use blazeio::web::relay::{
    Hops, OriginForm, Passed, TooManyOptions, Via, reframed_request, reframed_response,
};
use blazeio::web::urlencoded::{Pairs, Urlencoded};
use blazeio::web::{Invalid, segment};
use blazeio::{Authority, Date, Fields, Method, RequestHead, ResponseHead};
use blazeio_proofs::opaque;
use core::net::IpAddr;

/// What needs no message.
pub fn web(input: &[u8], out: &mut [u8]) {
    texts(input, out);
    conditions(input);
    ranges(input);
    preferences(input);
    forms(input, out);
    address(input);
}

/// What needs a request.
pub fn of_request(head: &RequestHead<'_>) {
    let fields = head.fields();
    let validators = Validators {
        entity_tag: Some(EntityTag::strong(opaque("a"))),
        last_modified: Date::from_unix(opaque(0)),
    };
    show(&validators);
    show(&evaluate(head.method(), fields, opaque(Some(&validators))));
    opaque(allows_range(fields, &validators));
    passed(Passed::new(fields));
    passed(Passed::trailers(fields, fields));
    let form = OriginForm::new(opaque(head));
    show(&form);
    print(&form);
    show(&reframed_request(opaque(head)));
    match Hops::new(opaque(Method::Trace), fields) {
        Ok(hops) => show(&hops),
        Err(error) => {
            show(&error);
            print(&error);
            described(&error);
        }
    }
    let via = Via::new(head.version(), opaque("a"), opaque(Some("b")));
    show(&via);
    print(&via);
    opaque(via.is_in(fields));
    addresses(fields, head.authority());
}

/// What needs a response.
pub fn of_response(head: &ResponseHead<'_>) {
    show(&reframed_response(opaque(head)));
    passed(Passed::new(head.fields()));
}

fn passed(passed: Result<Passed<'_>, TooManyOptions>) {
    match passed {
        Ok(passed) => {
            show(&passed);
            passed.for_each(|field| _ = opaque(field));
        }
        Err(error) => {
            show(&error);
            print(&error);
            described(&error);
        }
    }
}

fn refusal(refusal: &Invalid) {
    show(refusal);
    print(refusal);
    described(refusal);
    print(&refusal.kind);
}

/// Parameters and what is made of them, percent-encoding, names of files.
fn texts(input: &[u8], out: &mut [u8]) {
    match MediaType::parse(opaque(input)) {
        Ok(found) => {
            show(&found);
            opaque((found.essence(), found.is(opaque("a/b")), found.kind(), found.subtype()));
            opaque(found.is_json());
            parameters(found.parameters(), out);
            opaque(found.parameter(opaque("charset")).is_ok());
        }
        Err(error) => refusal(&error),
    }
    match Disposition::parse(opaque(input)) {
        Ok(found) => disposition(found, out),
        Err(error) => refusal(&error),
    }
    print(&Attachment(opaque("a")));
    show(&Attachment(opaque("a")));
    parameters(Parameters::new(opaque(input)), out);
    for decode in [Decode::new(opaque(input)), Decode::form(opaque(input))] {
        show(&decode);
        opaque(decode.encoded());
        opaque(decode.write_to(out).is_some());
        decode.for_each(|byte| _ = opaque(byte));
    }
    // Panics at compile time alone.
    const SET: Set = Set::alphanumeric_and(b"-").and(b".");
    let set = opaque(SET);
    show(&set);
    same(&set, &Set::SEGMENT);
    opaque(set.contains(opaque(b'a')));
    let encode = Encode::new(opaque(input), opaque(set));
    show(&encode);
    print(&encode);
    encode.for_each(|text| _ = opaque(text));
    opaque(segment::file_name(opaque(input), out));
}

fn parameters(parameters: Parameters<'_>, out: &mut [u8]) {
    show(&parameters);
    for parameter in parameters {
        match parameter {
            Ok(parameter) => {
                show(&parameter);
                value(parameter.value, out);
            }
            Err(error) => refusal(&error),
        }
    }
    opaque(parameters.once(opaque("a")).is_ok());
}

fn value(value: Value<'_>, out: &mut [u8]) {
    opaque((value.raw(), value.is(opaque("a"))));
    for bytes in [value.bytes(), value.form_bytes()] {
        show(&bytes);
        opaque(bytes.write_to(out).is_some());
        bytes.for_each(|byte| _ = opaque(byte));
    }
}

fn disposition(found: Disposition<'_>, out: &mut [u8]) {
    show(&found);
    opaque(found.is(opaque("inline")));
    parameters(found.parameters(), out);
    if let Ok(Some(name)) = opaque(found.name()) {
        show(&name);
        opaque(name.write_to(out).is_some());
        name.for_each(|byte| _ = opaque(byte));
    }
    if let Ok(Some(name)) = opaque(found.filename()) {
        show(&name);
        opaque(name.write_to(out).is_some());
        opaque(name.base(out).is_some());
        name.for_each(|byte| _ = opaque(byte));
    }
}

fn conditions(input: &[u8]) {
    match EntityTag::parse(opaque(input)) {
        Ok(tag) => {
            show(&tag);
            print(&tag);
            opaque((tag.is_weak(), tag.opaque()));
            let other = EntityTag::weak(opaque("b"));
            opaque((tag.is_identical_to(&other), tag.is_equivalent_to(&other)));
        }
        Err(error) => refusal(&error),
    }
    if let Some(date) = Date::parse(opaque(input)) {
        opaque(date.unix());
    }
}

fn ranges(input: &[u8]) {
    let selection = Selection::of(opaque(input), opaque(0));
    show(&selection);
    if let Selection::Parts(parts) = &selection {
        for part in parts {
            opaque(part.len());
            print(&part.content_range(opaque(1)));
        }
    }
    print(&ContentRange::unsatisfied(opaque(1)));
    match ContentRange::parse(opaque(input)) {
        Ok(range) => show(&range),
        Err(error) => refusal(&error),
    }
}

fn preferences(input: &[u8]) {
    let accept = [opaque(input)];
    opaque(coding(accept, opaque(&["br", "gzip"])));
    opaque(media_type(accept, opaque(&["text/html"])));
    opaque(language(accept, opaque(&["de"])));
}

fn forms(input: &[u8], out: &mut [u8]) {
    for limit in [Pairs::new(opaque(input)), Pairs::with_limit(opaque(input), opaque(1))] {
        show(&limit);
        for pair in limit {
            match pair {
                Ok(pair) => {
                    show(&pair);
                    opaque(pair.is(opaque("a")));
                }
                Err(error) => {
                    show(&error);
                    print(&error);
                    described(&error);
                }
            }
        }
    }
    print(&Urlencoded(opaque(&[("a", "b")])));
    show(&Urlencoded(opaque(&[("a", "b")])));
    let limits = opaque(MultipartLimits::default());
    show(&limits);
    match Multipart::of_type(opaque(input), limits) {
        Ok(parts) => multipart(parts, input, out),
        Err(error) => refusal(&error),
    }
    match Multipart::new(opaque(input), limits) {
        Ok(parts) => multipart(parts, input, out),
        Err(error) => refusal(&error),
    }
}

fn multipart(mut parts: Multipart, input: &[u8], out: &mut [u8]) {
    show(&parts);
    opaque(parts.is_over());
    let step = parts.receive(opaque(input));
    if let Err(error) = step.map(|step| event(step.event, input, out)).and_then(|()| parts.end()) {
        show(&error);
        print(&error);
        described(&error);
        print(&error.kind());
        opaque((error.at(), error.status()));
    }
}

fn event(event: MultipartEvent, input: &[u8], out: &mut [u8]) {
    show(&event);
    if let MultipartEvent::Part(span) = opaque(event) {
        part(span.on(input), out);
        part(Part::from_section(span.section().on(input)), out);
    }
}

fn part(part: Part<'_>, out: &mut [u8]) {
    show(&part);
    opaque((part.fields().count(), part.content_type()));
    match part.disposition() {
        Ok(Some(found)) => disposition(found, out),
        Ok(None) => {}
        Err(error) => refusal(&error),
    }
    opaque((part.name().is_ok(), part.filename().is_ok()));
}

fn address(input: &[u8]) {
    match Node::parse(opaque(input)) {
        Ok(node) => same(&node, &Node::Unknown),
        Err(error) => refusal(&error),
    }
}

fn addresses(fields: Fields<'_>, host: Option<Authority<'_>>) {
    let syntax = opaque(Syntax::Forwarded);
    opaque(syntax.field());
    let peer = opaque(IpAddr::from([0; 4]));
    let first = fields.clone().next().map(|field| field.value);
    opaque(client(syntax, first.into_iter(), peer, |address| opaque(address) == peer));
    let entry = Forwarded::new(peer, host, opaque("http"));
    show(&entry);
    print(&entry);
}

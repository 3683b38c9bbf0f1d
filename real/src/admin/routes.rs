//! Which page is at which address.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::metrics::Dialect;
use super::{Admin, Source, probes};

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

impl<S: Source> Admin<S> {
    /// The answer to a request, whose body is not looked at.
    pub(super) fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let is_page = matches!(
            request.uri().path(),
            "/metrics" | "/status" | "/healthz" | "/readyz"
        );
        if is_page && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return wrong_method();
        }
        let (status, kind, body) = match request.uri().path() {
            "/metrics" => {
                let dialect = Dialect::preferred(request.headers().get(ACCEPT));
                (
                    StatusCode::OK,
                    dialect.content_type(),
                    self.metrics(dialect),
                )
            }
            "/status" => (StatusCode::OK, JSON, self.status()),
            "/healthz" => text(probes::healthz()),
            "/readyz" => text(probes::readyz(&self.source.overview())),
            _ => text((
                StatusCode::NOT_FOUND,
                "there is nothing here; there are /metrics, /status, /healthz and /readyz\n"
                    .to_owned(),
            )),
        };
        respond(status, kind, body)
    }
}

fn text((status, body): (StatusCode, String)) -> (StatusCode, &'static str, String) {
    (status, TEXT, body)
}

fn wrong_method() -> Response<Full<Bytes>> {
    let body = "only GET and HEAD are allowed here\n".to_owned();
    let mut response = respond(StatusCode::METHOD_NOT_ALLOWED, TEXT, body);
    let allowed = HeaderValue::from_static("GET, HEAD");
    response.headers_mut().insert(ALLOW, allowed);
    response
}

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

//! The views: what each place of the API does.

mod access;
mod jobs;
mod launches;
mod lists;
mod output;
mod roots;
mod templates;
mod tokens;

use http::Method;

use super::{Call, Refusal, Reply};
use crate::api::route::Route;
use crate::state::State;

/// Answers a call. Parameters are looked at before the object, the method before both.
pub(super) fn view(state: &mut State, call: &Call<'_>, route: Route) -> Result<Reply, Refusal> {
    let get = matches!(*call.method, Method::GET | Method::HEAD);
    let post = *call.method == Method::POST;
    let delete = *call.method == Method::DELETE;
    match route {
        Route::ApiRoot if get => Ok(roots::api(call)),
        Route::VersionRoot if get => Ok(roots::version(call)),
        Route::Ping if get => Ok(roots::ping(state)),
        Route::Me if get => roots::me(state, call),
        Route::Config if get => roots::config(state, call),
        Route::Tokens if post => tokens::create(state, call),
        Route::Templates(kind) if get => lists::templates(state, call, kind),
        Route::Template(kind, id) if get => templates::detail(state, call, kind, id),
        Route::Template(kind, id) if delete => templates::delete(state, call, kind, id),
        Route::Launch(kind, id) if get => launches::requirements(state, call, kind, id),
        Route::Launch(kind, id) if post => launches::launch(state, call, kind, id),
        Route::TemplateJobs(kind, id) if get => lists::template_jobs(state, call, kind, id),
        Route::Jobs(kind) if get => lists::jobs(state, call, kind),
        Route::Job(kind, id) if get => jobs::detail(state, call, kind, id),
        Route::Job(kind, id) if delete => jobs::delete(state, call, kind, id),
        Route::Cancel(kind, id) if get => jobs::can_cancel(state, call, kind, id),
        Route::Cancel(kind, id) if post => jobs::cancel(state, call, kind, id),
        Route::Events(id) if get => output::events(state, call, id),
        Route::Stdout(id) if get => output::stdout(state, call, id),
        Route::Nodes(id) if get => lists::nodes(state, call, id),
        Route::Absent => Err(unsupported(call)),
        _ if is_allowed(route, call.method) => Err(unsupported(call)),
        _ => Err(Refusal::Method(call.method.to_string())),
    }
}

fn is_allowed(route: Route, method: &Method) -> bool {
    route.allow().split(", ").any(|allowed| allowed == method.as_str())
}

/// The real one could answer this, the fake says that it cannot.
fn unsupported(call: &Call<'_>) -> Refusal {
    Refusal::Unsupported(format!("{} {}", call.method, call.path))
}

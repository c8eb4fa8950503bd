//! Log sources of Sigma: the channels and events that each stands for, from the tables that a hunt itself routes by.

use std::collections::HashMap;

use serde::Deserialize;
use syntax::Diagnostic;
use syntax::sigma::LogSource;

use crate::messages;

/// Some events of a log. Without a channel it is every log, without an event every event of the channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Events {
    pub channel: Option<String>,
    pub event: Option<i64>,
}

/// The events of a log source, each event id by itself.
pub fn events(of: &LogSource) -> Result<Vec<Events>, Box<Diagnostic>> {
    let part = |part: &Option<syntax::sigma::Spanned<String>>| {
        part.as_ref().map(|part| part.value.trim().to_lowercase()).filter(|part| !part.is_empty())
    };
    let (product, category, service) = (part(&of.product), part(&of.category), part(&of.service));
    let routes: Routes = toml::from_str(TABLE).map_err(|_| Box::new(messages::unknown_source(of.span, "")))?;
    if let Some(product) = product.filter(|product| product != "windows") {
        return Err(Box::new(messages::unknown_source(of.span, &product)));
    }
    let unknown = |name: &String| Box::new(messages::unknown_source(of.span, name));
    let channels = match &service {
        Some(name) => Some(routes.service.get(name).ok_or_else(|| unknown(name))?),
        None => None,
    };
    let Some(category) = category else {
        let one = |channel: &String| Events { channel: Some(channel.clone()), event: None };
        return Ok(channels.map_or_else(|| vec![Events::default()], |channels| channels.iter().map(one).collect()));
    };
    let routes = routes.category.get(&category).ok_or_else(|| unknown(&category))?;
    let is_of_service = |route: &&Route| channels.is_none_or(|channels| channels.contains(&route.channel));
    let found: Vec<Events> = routes.iter().filter(is_of_service).flat_map(Route::events).collect();
    if found.is_empty() {
        return Err(Box::new(messages::no_log(of.span, &category)));
    }
    Ok(found)
}

const TABLE: &str = include_str!("../../telemetry/tables/sigma/logsources.toml");

#[derive(Deserialize)]
struct Routes {
    service: HashMap<String, Vec<String>>,
    category: HashMap<String, Vec<Route>>,
}

#[derive(Deserialize)]
struct Route {
    channel: String,
    #[serde(default)]
    events: Vec<i64>,
}

impl Route {
    fn events(&self) -> Vec<Events> {
        let one = |event| Events { channel: Some(self.channel.clone()), event };
        match self.events.as_slice() {
            [] => vec![one(None)],
            events => events.iter().map(|event| one(Some(*event))).collect(),
        }
    }
}

//! `trapline new`: a package to start from.

use std::path::PathBuf;

use anyhow::{Context, Result};
use catalogue::template;

use crate::args::NewArgs;
use crate::exit::{Misuse, Outcome};
use crate::screen::Screen;

pub fn run(args: &NewArgs, screen: &Screen) -> Result<Outcome> {
    if !template::is_id(&args.name) {
        let what = format!("'{}' is no id: lower-case letters, digits and hyphens, a letter first", args.name);
        return Err(Misuse(what).into());
    }
    let folder = args.to.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    if folder.is_file() || folder.read_dir().is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Misuse(format!("{} is there already", folder.display())).into());
    }
    let today = render::value::datetime(telemetry::clock()).unwrap_or_default();
    let today: String = today.chars().take(10).collect();
    template::write(&folder, &args.name, &today).with_context(|| format!("{} cannot be written", folder.display()))?;
    let shown = folder.display();
    screen.say(&format!("{shown} is a package that passes its tests: change it piece by piece"));
    screen.say(&format!("  trapline test {shown}\n  trapline check {shown}"));
    Ok(Outcome::default())
}

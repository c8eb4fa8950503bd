//! A page: Markdown, cut into sections that can be run.

/// What stands under one heading.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub title: String,
    /// Language and text.
    pub query: Option<(String, String)>,
    /// Name and text of each block of events; one without a name is `data.ndjson`.
    pub data: Vec<(String, String)>,
    /// Name and text of each file of detections, or of placeholders.
    pub rules: Vec<(String, String)>,
    pub options: Vec<String>,
    /// The rows of the expected table, header first.
    pub table: Option<Vec<Vec<String>>>,
    /// Lines that standard error must hold, in order.
    pub says: Option<String>,
    pub console: Option<String>,
    /// What stands in files of detections once they have been mended.
    pub mended: Vec<(String, String)>,
    /// What is wrong with the section itself.
    pub faults: Vec<String>,
}

/// The sections of a page that have something to run.
pub fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let section = sections.last_mut().expect("there is always a section");
        if let Some(heading) = line.strip_prefix('#') {
            let title = heading.trim_start_matches('#').trim().to_string();
            sections.push(Section { title, ..Section::default() });
        } else if let Some(fence) = line.strip_prefix("```") {
            let mut is_closed = false;
            let is_within = |line: &&str| {
                is_closed = line.starts_with("```");
                !is_closed
            };
            let body: Vec<&str> = lines.by_ref().take_while(is_within).collect();
            section.block(fence.trim(), &body.join("\n"));
            if !is_closed {
                section.faults.push(format!("the block ```{fence} is not closed"));
            }
        } else if line.starts_with('|') {
            let is_rule = line.contains('-') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
            let table = section.table.get_or_insert_with(Vec::new);
            if !(is_rule && table.len() == 1) {
                table.push(cells(line));
            }
        }
    }
    sections.iter_mut().for_each(Section::judge);
    let has_work =
        |section: &Section| section.query.is_some() || section.console.is_some() || !section.rules.is_empty();
    sections.retain(|section| has_work(section) || !section.faults.is_empty());
    sections
}

impl Section {
    fn block(&mut self, fence: &str, body: &str) {
        let (kind, name) = fence.split_once(' ').unwrap_or((fence, "data.ndjson"));
        let is_taken = match kind {
            "kql" | "aql" | "sigma" => self.query.replace((kind.to_string(), body.to_string())).is_some(),
            "says" => self.says.replace(body.to_string()).is_some(),
            "console" => self.console.replace(body.to_string()).is_some(),
            "data" => {
                let is_taken = self.data.iter().any(|(known, _)| known == name);
                self.data.push((name.to_string(), body.to_string()));
                is_taken
            }
            "rules" => {
                let name = if name == "data.ndjson" { "rules.yml" } else { name };
                let is_taken = self.rules.iter().any(|(known, _)| known == name);
                self.rules.push((name.to_string(), body.to_string()));
                is_taken
            }
            "mended" => {
                self.mended.push((name.to_string(), body.to_string()));
                false
            }
            "options" => {
                let is_taken = !self.options.is_empty();
                self.options = body.split_whitespace().map(str::to_string).collect();
                is_taken
            }
            _ => {
                self.faults.push(format!("no such kind of block: ```{fence}"));
                false
            }
        };
        if is_taken {
            self.faults.push(format!("a second block ```{fence} under one heading"));
        }
    }

    /// Blocks that nothing runs, or that expect nothing, would pass for ever.
    fn judge(&mut self) {
        let has_blocks = !self.data.is_empty() || !self.options.is_empty() || self.says.is_some();
        let has_work = self.query.is_some() || !self.rules.is_empty();
        if self.query.is_some() && !self.rules.is_empty() {
            self.faults.push("a query and detections under one heading".into());
        }
        if has_blocks && !has_work {
            self.faults.push("events, options or expectations without a query".into());
        }
        if has_work && self.table.is_none() && self.says.is_none() {
            self.faults.push("the query expects nothing: add a table or a `says` block".into());
        }
        if self.says.as_ref().is_some_and(|says| says.trim().is_empty()) {
            self.faults.push("an empty `says` block".into());
        }
    }
}

/// The cells of a table's line; `\|` is a bar in a cell, and a cell may be quoted as code to keep its spaces.
pub fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').strip_suffix('|').unwrap_or(line).replace("\\|", "\u{1}");
    let cell = |cell: &str| {
        let cell = cell.trim();
        let bare = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or(cell);
        bare.replace('\u{1}', "|")
    };
    inner.split('|').map(cell).collect()
}

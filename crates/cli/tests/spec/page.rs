//! A page: Markdown, cut into sections that can be run.

/// What stands under one heading.
#[derive(Debug, Clone, Default)]
pub struct Section {
    pub title: String,
    /// Language and text.
    pub query: Option<(String, String)>,
    /// Name and text of each block of events; one without a name is `data.ndjson`.
    pub data: Vec<(String, String)>,
    pub options: Vec<String>,
    /// The rows of the expected table, header first.
    pub table: Option<Vec<Vec<String>>>,
    /// Lines that standard error must hold, in order.
    pub says: Option<String>,
    pub console: Option<String>,
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
            let body: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            section.block(fence.trim(), &body.join("\n"));
        } else if line.starts_with('|') {
            let is_rule = line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
            let table = section.table.get_or_insert_with(Vec::new);
            if !(is_rule && table.len() == 1) {
                table.push(cells(line));
            }
        }
    }
    sections.retain(|section| section.query.is_some() || section.console.is_some());
    sections
}

impl Section {
    fn block(&mut self, fence: &str, body: &str) {
        let (kind, name) = fence.split_once(' ').unwrap_or((fence, "data.ndjson"));
        match kind {
            "kql" | "aql" | "sigma" => self.query = Some((kind.to_string(), body.to_string())),
            "data" => self.data.push((name.to_string(), body.to_string())),
            "options" => self.options = body.split_whitespace().map(str::to_string).collect(),
            "says" => self.says = Some(body.to_string()),
            "console" => self.console = Some(body.to_string()),
            _ => {}
        }
    }
}

/// The cells of a table's line; `\|` is a bar in a cell, and a cell may be quoted as code to keep its spaces.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').strip_suffix('|').unwrap_or(line).replace("\\|", "\u{1}");
    let cell = |cell: &str| {
        let cell = cell.trim();
        let bare = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or(cell);
        bare.replace('\u{1}', "|")
    };
    inner.split('|').map(cell).collect()
}

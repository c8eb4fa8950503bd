use anyhow::Result;
pub fn write(_f: &std::path::Path) -> Result<()> {
    Ok(())
}

// What Java's String.replaceAll and replaceFirst make of texts: a line of JSON for each.
//
//     java Replacements.java > replacements.jsonl
class Replacements {
    static final String[][] CASES = {
        // Pattern, text, replacement.
        {".*", "foo", "x"},
        {"a*", "baac", "X"},
        {"", "abc", "-"},
        {"x*", "abc", "-"},
        {".*", "", "x"},
        {".*?", "ab", "x"},
        {".+", "foo", "x"},
        {"a?", "aab", "_"},
        {"a|", "bab", "_"},
        {"b*", "abbbab", "<$0>"},
        {"(a*)(b?)", "aabcb", "[$1|$2]"},
        {"^", "ab", "> "},
        {"$", "ab", "!"},
        {"\\b", "ab cd", "|"},
        {"\\d*", "a1b22", "#"},
        {"^a*", "aab", "X"},
        {"a*$", "baa", "X"},
        {"\\s*", "a b", "."},
        {"[^,]*", "a,,b", "v"},
        {"(?:)", "\u00e9t\u00e9", "'"},
        {"\\\\", "C:\\a\\b", "/"},
        {"(?<drive>[A-Z]):", "C:D:", "${drive}\\$1"},
    };

    public static void main(String[] arguments) {
        for (String[] each : CASES) {
            System.out.println("{\"pattern\":" + json(each[0]) + ",\"text\":" + json(each[1]) + ",\"by\":" + json(each[2])
                + ",\"all\":" + json(each[1].replaceAll(each[0], each[2]))
                + ",\"first\":" + json(each[1].replaceFirst(each[0], each[2])) + "}");
        }
    }

    static String json(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }
}

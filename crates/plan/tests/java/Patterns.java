// What Java's regular expressions match: a line of JSON for each pattern and text, with whether the whole text matches as it
// is and whatever its case; null where Java refuses the pattern.
//
//     java Patterns.java > patterns.jsonl
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

class Patterns {
    static final String[][] CASES = {
        // As detections write them.
        {".*\\\\powershell\\.exe", "C:\\Windows\\System32\\powershell.exe", "C:\\Windows\\POWERSHELL.EXE", "powershell.exe", "C:\\a\\powershellXexe"},
        {".*-[eE]nc(odedCommand)?\\s+[A-Za-z0-9+/=]{20,}.*", "powershell -enc SQBFAFgAIAAoAE4AZQB3AC0A", "powershell -EncodedCommand  SQBFAFgAIAAoAE4AZQB3AC0ATwBi", "powershell -ec SQBFAFgAIAAoAE4AZQB3AC0A", "powershell -enc short"},
        {"(?i).*(mimikatz|sekurlsa::|lsadump::).*", "invoke-MIMIKATZ -x", "SEKURLSA::logonpasswords", "lsa dump", ""},
        {"^(10\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.).*$", "10.1.2.3", "172.31.0.1", "172.32.0.1", "192.168.1.1"},
        {".*\\.(exe|dll|ps1)$", "a.exe", "b.ps1 ", "c.DLL", "exe"},
        {"[^\\]+.exe", "a.exe", "\\a.exe"},
        {"[^\\\\]+\\.exe", "a.exe", "\\a.exe", "a\\b.exe"},
        {".*[^\\x00-\\x7F].*", "plain", "caf\u00e9", "\u0441md"},
        {"\\d{1,3}(\\.\\d{1,3}){3}", "10.0.0.1", "1.2.3", "1234.1.1.1", "\u0661.1.1.1"},
        {".*https?://[^\\s/]+\\.(tk|top|xyz)(/.*)?", "curl http://evil.top/a", "curl https://good.com/", "http://x.xyz"},
        {"(?s).*Account Name:\\s+(\\S+).*", "a\r\nAccount Name:\t\tbob\r\n", "Account Name:bob", "Account Name: x"},
        {".*\\\\(Temp|AppData|Users\\\\Public)\\\\.*\\.(exe|scr|pif)", "C:\\Users\\Public\\a.exe", "c:\\users\\public\\a.exe", "C:\\Temp\\b.txt"},
        {"^[A-Z0-9._%+-]+@[A-Z0-9.-]+\\.[A-Z]{2,}$", "BOB@EXAMPLE.COM", "bob@example.com", "bob@"},
        {".*\\s/(c|k)\\s.*", "cmd.exe /c whoami", "cmd.exe /C whoami", "cmd.exe /cwhoami"},
        {"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", "00:1a:2b:3c:4d:5e", "00:1A:2B:3C:4D:5E", "00:1a"},
        {"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{64}", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd9"},
        {".*(?:\\$\\{jndi:|%24%7Bjndi).*", "GET /${jndi:ldap://x}", "GET /$%7Bjndi", "x %24%7bJNDI"},
        {"[\u0430-\u044f]+", "\u0430\u0431", "\u0410\u0411", "ab"},
        {"(?i).*\\bnet1?\\s+(user|group)\\b.*", "net user bob", "C:\\NET1  GROUP x", "netuser"},
        // Look-around and back references.
        {"(?=.*\\d)(?=.*[a-z]).{4,}", "abc1", "abcd", "1234", "a1"},
        {"^(?!.*svchost).*\\.exe$", "cmd.exe", "svchost.exe", "a.exe\n"},
        {".*(?<!-)encoded", "x encoded", "x -encoded", "encoded"},
        {".*(?<=\\\\)cmd\\.exe", "C:\\cmd.exe", "C:/cmd.exe"},
        {"(\\w)\\1+", "aa", "ab", "bbb", "a"},
        {"(?<first>[a-z]+)-\\k<first>", "ab-ab", "ab-ba", "AB-ab"},
        {"(a)(b)?\\2c", "abbc", "ac", "abc"},
        {"(?:(a)|b)*\\1", "aba", "ba", "bb"},
        {"(?<=a{1,3})b", "b", "ab"},
        {".*(?<=\\d{3})x", "123x", "12x"},
        // Possessive, atomic, reluctant.
        {"a*+a", "aaa", "a"},
        {"(?>a|ab)c", "ac", "abc"},
        {"(?>a+)b", "aaab", "b"},
        {"a+?b*?c??", "a", "abc", "aabb"},
        {"\"[^\"]*+\"", "\"abc\"", "\"ab", "abc"},
        {"(a|b)++c", "abc", "ababc", "c"},
        {"x{2,3}+x", "xxx", "xxxx", "xx"},
        // Classes.
        {"[a-z&&[^aeiou]]+", "bcd", "abc", "xyz", ""},
        {"[a-d[m-p]]+", "am", "ae", "dp"},
        {"[^a-d[m-p]]+", "am", "xyz", "m"},
        {"[\\w&&[^_]]+", "ab1", "a_b", "_"},
        {"[a-z&&def]+", "def", "abc", "fed"},
        {"[]a]", "a", "]"},
        {"[a\\]]+", "a]", "]", "b"},
        {"[-a]+", "-a", "b", "a-"},
        {"[a-]+", "-a", "b", "a-"},
        {"[\\d\\-x]+", "1-x", "y", "--"},
        {"[^]]", "a", "]"},
        {"[[abc]", "a", "["},
        {"[\\[\\]]+", "[]", "a"},
        {"[&&a]", "a", "&"},
        {"[a&b]+", "a&b", "c"},
        {"[\\^a]+", "^a", "b"},
        {"\\p{Alpha}+", "abc", "ab1", "\u00e9"},
        {"\\p{L}+", "abc", "\u00e9t\u00e9", "a1"},
        {"\\p{Lu}\\p{Ll}+", "Abc", "abc", "\u00c9t\u00e9"},
        {"\\p{Upper}\\p{Lower}\\p{Digit}\\p{Punct}", "Ab1!", "ab1!", "AB1!"},
        {"\\p{Alnum}\\p{XDigit}\\p{Space}\\p{Cntrl}", "zf \u0001", "z  \u0001"},
        {"\\P{L}+", "123", "a", "\u00e9"},
        {"\\p{IsAlphabetic}+", "abc", "1"},
        {"\\p{javaUpperCase}+", "ABC", "abc"},
        {"\\p{IsLatin}+", "abc", "\u0436"},
        {"\\p{InGreek}+", "\u03b1\u03b2", "ab"},
        {"\\p{Graph}\\p{Print}\\p{Blank}\\p{ASCII}", "a \tb", "\u00e9 \tb"},
        {"[\\p{L}&&[^a]]+", "bcd", "abc"},
        {"\\h\\v\\H\\V", " \nab", "\u00a0\nab", "a\nab"},
        {"\\w\\W\\s\\S\\d\\D", "a- b1x", "\u00e9- b1x", "a-\u00a0b1x"},
        // The dot and line ends.
        {".*", "a\nb", "a\rb", "a\u2028b", "a\u0085b", "ab", ""},
        {"(?s).*", "a\nb", ""},
        {"(?d).*", "a\rb", "a\nb"},
        {"a.b", "a\nb", "axb", "a\ud83d\ude00b"},
        {"^a$", "a", "a\n", "\na"},
        {"(?m)a$\\n^b", "a\nb", "a\r\nb"},
        {"a$\\n?", "a", "a\n"},
        {"a\\Z", "a", "a\n"},
        {"a\\z", "a", "a\n"},
        {"\\Aa", "a", "ba"},
        {"a\\R+b", "a\r\nb", "a\u2028b", "a b"},
        // Escapes.
        {"\\Qa.b*\\E+", "a.b*", "a.b**", "axb"},
        {"\\Q\\\\E.*", "\\x", "x"},
        {"a\\Q[", "a[", "a"},
        {"\\x41\\u0042\\103\\t", "AB", "ABC\t"},
        {"\\x41\\u0042\\0103", "ABC", "abc"},
        {"\\x{1F600}", "\ud83d\ude00", "x"},
        {"\\cA\\e\\a\\f", "\u0001\u001b\u0007\f", "x"},
        {"a\\/b\\-c\\:d", "a/b-c:d", "a/b"},
        {"\\y", "y"},
        {"a\\", "a"},
        {"\\_", "_"},
        {"\\<b\\>", "b", "<b>"},
        {"a\\.b\\\\c\\|d", "a.b\\c|d", "a.b"},
        // Quantifiers and groups.
        {"a{2}", "aa", "a"},
        {"a{2,}", "aaaa", "a"},
        {"a{,2}", "aa", "a{,2}"},
        {"a{0}", "", "a"},
        {"a{", "a{"},
        {"a}", "a}", "a"},
        {"{a}", "{a}", "a"},
        {"x{1,2}{2}", "xx", "xxxx", "x"},
        {"a**", "a"},
        {"*a", "a"},
        {"+", "+"},
        {"(?:)", "", "a"},
        {"()|a", "", "a"},
        {"a|", "", "a"},
        {"|", "", "a"},
        {"(a", "a"},
        {"a)", "a"},
        {"(?<1a>x)", "x"},
        {"(?P<name>x)", "x"},
        {"(?#note)a", "a"},
        {"(?x) a b # note", "ab", "a b"},
        {"(?i)straße", "STRASSE", "STRAßE"},
        {"(?i)\u00e9", "\u00c9", "\u00e9"},
        {"(?iu)\u00e9", "\u00c9", "\u00e9"},
        {"a(?i)b", "aB", "AB", "ab"},
        {"a(?i:b)c", "aBc", "aBC"},
        {"(?i)a(?-i)b", "Ab", "AB"},
        {"\\bfoo\\b", "foo", "foo "},
        {".*\\bcat\\b.*", "a cat sat", "concat", "cat"},
        {".*\\Bcat.*", "concat", "cat"},
        {"[a-z]{3}\\b.*", "abc def", "abcd"},
        {"(?U)\\w+", "\u00e9t\u00e9", "a b"},
        {"k", "K", "\u212a"},
        {"s", "S", "\u017f"},
        {"[k-m]", "K", "\u212a"},
    };

    public static void main(String[] arguments) {
        for (String[] each : CASES) {
            for (int index = 1; index < each.length; index++) {
                System.out.println("{\"pattern\":" + json(each[0]) + ",\"text\":" + json(each[index])
                    + ",\"matches\":" + matches(each[0], each[index], 0)
                    + ",\"imatches\":" + matches(each[0], each[index], Pattern.CASE_INSENSITIVE) + "}");
            }
        }
    }

    static String matches(String pattern, String text, int flags) {
        try {
            return String.valueOf(Pattern.compile(pattern, flags).matcher(text).matches());
        } catch (PatternSyntaxException error) {
            return "null";
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

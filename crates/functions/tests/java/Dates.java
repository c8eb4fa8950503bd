// What Java makes of times and patterns: lines of milliseconds, pattern and text, separated by tabs.
//
//     java Dates.java > dates.tsv
import java.text.SimpleDateFormat;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Locale;
import java.util.TimeZone;

class Dates {
    static final String[] PATTERNS = {
        "yyyy-MM-dd HH:mm:ss", "YYYY-MM-dd hh:mm:ss", "YYYY w", "yy/M/d W F D", "EEE, d MMM yyyy h:mm a", "EEEE MMMM u",
        "k K h H", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "z zzzz Z X XX", "G y yyy YY YYYYY", "S SS SSS SSSS", "L LL LLL LLLL",
        "E EE a aaa", "'week' ww ''", "DDD d dd ddd", "m mm s ss HHH",
    };

    public static void main(String[] arguments) {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        int count = 0;
        for (int year = 1969; count < 200; year = year == 1970 ? 1996 : year + 1) {
            for (LocalDate day : new LocalDate[] {
                LocalDate.of(year, 1, 1), LocalDate.of(year, 2, 28).plusDays(1), LocalDate.of(year, 12, 28), LocalDate.of(year, 12, 31),
            }) {
                long millis = day.atTime(count * 7 % 24, count * 11 % 60, count * 13 % 60).toInstant(ZoneOffset.UTC).toEpochMilli();
                millis += count * 37 % 1000;
                String pattern = PATTERNS[count % PATTERNS.length];
                String text = new SimpleDateFormat(pattern, Locale.US).format(new Date(millis));
                System.out.println(millis + "\t" + pattern + "\t" + text);
                // Around New Year the week's year is what matters.
                String weeks = new SimpleDateFormat("YYYY'-W'ww u", Locale.US).format(new Date(millis));
                System.out.println(millis + "\tYYYY'-W'ww u\t" + weeks);
                count++;
            }
        }
    }
}

// What Java reads of texts by patterns: lines of pattern, text and milliseconds, separated by tabs; a dash where it reads none.
// Two-digit years are read as in 2026. No year is before Gregory's calendar.
//
//     java Readings.java > readings.tsv
import java.text.ParsePosition;
import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.GregorianCalendar;
import java.util.Locale;
import java.util.TimeZone;

class Readings {
    static final String[][] CASES = {
        {"yyyy-MM-dd HH:mm:ss", "2024-02-29 23:59:59", "2023-02-29 12:00:00", "2024-13-01 00:00:00", "2024-1-2 3:4:5", "2024-02-29", "2024-02-29 23:59:59.123 and more"},
        {"EEE MMM dd yyyy HH:mm:ss zZ", "Thu Aug 24 2017 15:30:32 GMT+0100", "Thu Aug 24 2017 15:30:32 UTC+0000"},
        {"EEE MMM d yyyy h:mm:ss a", "Wed May 22 2019 4:02:11 PM", "wed may 22 2019 12:02:11 am", "Wed May 22 2019 12:00:00 PM", "Wed 22 May 2019 4:02:11 PM"},
        {"dd/MMM/yyyy:HH:mm:ss Z", "10/Oct/2000:13:55:36 -0700", "10/october/2000:13:55:36 +0530", "10/10/2000:13:55:36 +0000"},
        {"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2019-05-22T04:02:11.287Z", "2019-05-22T04:02:11.287+02:00", "2019-05-22 04:02:11.287Z", "2019-05-22T04:02:11.5Z"},
        {"yyyyMMddHHmmss", "20190522040211", "2019052204021", "201905220402119"},
        {"yyyyMMdd", "20190522", "2019522", "20191301"},
        {"dd.MM.yy", "22.05.19", "22.05.99", "22.05.2019", "22.5.46", "22.05.47"},
        {"D yyyy", "60 2024", "366 2023", "1 1970"},
        {"kk:mm", "24:00", "00:30", "23:59"},
        {"KK:mm a", "11:59 PM", "0:30 am"},
        {"hh:mm a", "12:00 AM", "12:30 PM", "1:00 pm", "13:00"},
        {"HH:mm:ss,S", "01:02:03,4", "01:02:03,4000", "25:61:61,0"},
        {"MMMM d, yyyy", "January 1, 2000", "Jan 1, 2000", "Janu 1, 2000", "JANUARY 31, 2000"},
        {"yyyy G", "2024 AD"},
        {"'at' HH 'o''clock'", "at 17 o'clock", "17 o'clock"},
        {"E dd MMM yyyy", "Tuesday 01 Jan 2019", "Mon 01 Jan 2019"},
        {"z", "PST", "CET", "GMT", "XYZ"},
        {"yyyy-MM-dd", " 2024-01-01", "2024- 1-1", "x", ""},
    };

    public static void main(String[] arguments) {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Date start = new GregorianCalendar(2026 - 80, 0, 1).getTime();
        for (String[] each : CASES) {
            for (int index = 1; index < each.length; index++) {
                SimpleDateFormat format = new SimpleDateFormat(each[0], Locale.US);
                format.set2DigitYearStart(start);
                Date date = format.parse(each[index], new ParsePosition(0));
                System.out.println(each[0] + "\t" + each[index] + "\t" + (date == null ? "-" : date.getTime()));
            }
        }
    }
}

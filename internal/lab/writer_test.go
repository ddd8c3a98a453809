package lab

import "testing"

func TestWrittenFindsWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		logs          []string
		last, missing int
		wrong         bool
	}{
		{nil, 0, 0, false},
		{[]string{"1\n4\n", "2\n5\n", "3\n"}, 5, 0, false},
		{[]string{"1\n4\n", "2\n", "3\n6\n"}, 6, 5, false},
		{[]string{"2\n", "3\n"}, 3, 1, false},
		{[]string{"1\nx\n"}, 0, 0, true},
	} {
		last, missing, err := Written(c.logs...)
		if last != c.last || missing != c.missing || (err != nil) != c.wrong {
			t.Errorf("%q: last %d, missing %d, %v", c.logs, last, missing, err)
		}
	}
}

package cli

import (
	"errors"
	"io"
)

// lines reads stdin line by line.
type lines struct{ reader io.Reader }

// next returns the next line without its end. It reads byte by byte, so that nothing behind the line is consumed.
func (l *lines) next() (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) < 1<<16 {
		n, err := l.reader.Read(one)
		if n == 1 && one[0] == '\n' || err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err == io.EOF {
			return "", errors.New("it ends before the token comes")
		}
		if err != nil {
			return "", err
		}
		line = append(line, one[:n]...)
	}
	return "", errors.New("the line is too long")
}

package shell

import (
	"errors"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// A piece is how a part of an expanded word takes part in field splitting.
type piece int

const (
	pieceLiteral  piece = iota // from the script, unquoted: neither split nor kept if empty
	pieceQuoted                // kept even if empty
	pieceExpanded              // the result of an unquoted expansion: split at IFS
	pieceBreak                 // between the elements of "$@"
)

// quoting is where a part of a word stands.
type quoting int

const (
	unquoted    quoting = iota
	inExpansion         // in the word of ${x:-word}, itself unquoted
	doubleQuoted
	inDocument // the text of a here-document
)

func (q quoting) quoted() bool { return q == doubleQuoted || q == inDocument }

// piece is what the result of an expansion becomes.
func (q quoting) piece() piece {
	if q.quoted() {
		return pieceQuoted
	}
	return pieceExpanded
}

// An expander walks the parts of words and hands their pieces to emit.
type expander struct {
	sh   *shell
	emit func(text string, p piece)
	size int
}

// fields expands words to the arguments of a command.
func (sh *shell) fields(words []*syntax.Word) ([]string, error) {
	var out []string
	ifs, ok := sh.param("IFS")
	if !ok {
		ifs = " \t\n"
	}
	ifs = ifs[:min(len(ifs), maxSeparators)]
	var field strings.Builder
	open := false // a field has begun, perhaps an empty one
	end := func() {
		if open {
			out = append(out, field.String())
			field.Reset()
			open = false
		}
	}
	x := &expander{sh: sh, emit: func(text string, p piece) {
		switch p {
		case pieceLiteral:
			field.WriteString(text)
			open = open || text != ""
		case pieceQuoted:
			field.WriteString(text)
			open = true
		case pieceBreak:
			end()
		case pieceExpanded:
			for _, r := range text {
				switch {
				case !strings.ContainsRune(ifs, r):
					field.WriteRune(r)
					open = true
				case strings.ContainsRune(" \t\n", r):
					end()
				default: // any other separator ends a field, an empty one too
					open = true
					end()
				}
			}
		}
	}}
	for _, word := range words {
		if err := x.parts(word.Parts, unquoted); err != nil {
			return nil, err
		}
		end()
	}
	return out, nil
}

// literal expands a word that is not split: the value of an assignment, the
// target of a redirection, the text of a here-document.
func (sh *shell) literal(word *syntax.Word, q quoting) (string, error) {
	if word == nil {
		return "", nil
	}
	var b strings.Builder
	x := &expander{sh: sh, emit: func(text string, p piece) {
		if p == pieceBreak {
			text = " "
		}
		b.WriteString(text)
	}}
	err := x.parts(word.Parts, q)
	return b.String(), err
}

func (x *expander) out(text string, p piece) error {
	if x.size += len(text) + 1; x.size > maxExpansion {
		return errNoSpace
	}
	x.emit(text, p)
	return nil
}

func (x *expander) parts(parts []syntax.WordPart, q quoting) error {
	for i, part := range parts {
		if err := x.part(part, q, i == 0, len(parts) == 1); err != nil {
			return err
		}
	}
	return nil
}

func (x *expander) part(part syntax.WordPart, q quoting, first, only bool) error {
	switch part := part.(type) {
	case *syntax.Lit:
		text := part.Value
		if first && !q.quoted() {
			if rest, ok := strings.CutPrefix(text, "~"); ok && (rest == "" && only || strings.HasPrefix(rest, "/")) {
				if home, ok := x.sh.param("HOME"); ok {
					if err := x.out(home, pieceQuoted); err != nil {
						return err
					}
					text = rest
				}
			}
		}
		return x.lit(text, q)
	case *syntax.SglQuoted:
		text := part.Value
		if part.Dollar {
			text, _ = unescape(text)
		}
		return x.out(text, pieceQuoted)
	case *syntax.DblQuoted:
		if len(part.Parts) == 1 && isAt(part.Parts[0]) {
			return x.atSign() // without arguments "$@" is no field at all
		}
		if err := x.out("", pieceQuoted); err != nil {
			return err
		}
		return x.parts(part.Parts, doubleQuoted)
	case *syntax.ParamExp:
		return x.paramExp(part, q)
	case *syntax.CmdSubst:
		text, err := x.sh.commandSubst(part)
		if err != nil {
			return err
		}
		return x.out(text, q.piece())
	case *syntax.ArithmExp:
		return errors.New("arithmetic is not part of this node's shell")
	}
	return errors.New("Bad substitution")
}

// lit emits text of the script, from which quoting backslashes go.
func (x *expander) lit(text string, q quoting) error {
	plain := pieceLiteral
	switch q {
	case inExpansion:
		plain = pieceExpanded
	case doubleQuoted, inDocument:
		plain = pieceQuoted
	}
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 || i == len(text)-1 {
			return x.out(text, plain)
		}
		escaped := text[i+1 : i+2]
		quotes := !q.quoted() || strings.Contains("$`\\", escaped) || q == doubleQuoted && escaped == `"`
		var err error
		if quotes {
			err = errors.Join(x.out(text[:i], plain), x.out(escaped, pieceQuoted))
		} else {
			err = x.out(text[:i+2], plain)
		}
		if err != nil {
			return errNoSpace
		}
		text = text[i+2:]
	}
}

func isAt(part syntax.WordPart) bool {
	pe, ok := part.(*syntax.ParamExp)
	return ok && pe.Param != nil && pe.Param.Value == "@" && isPlain(pe)
}

// isPlain reports whether an expansion is $NAME or ${NAME} and no more.
func isPlain(pe *syntax.ParamExp) bool {
	return pe.Exp == nil && !pe.Length
}

// atSign expands "$@".
func (x *expander) atSign() error {
	for i, arg := range x.sh.params {
		if i > 0 {
			if err := x.out("", pieceBreak); err != nil {
				return err
			}
		}
		if err := x.out(arg, pieceQuoted); err != nil {
			return err
		}
	}
	return nil
}

func (x *expander) paramExp(pe *syntax.ParamExp, q quoting) error {
	// What bash, mksh and zsh have beyond POSIX.
	if pe.Param == nil || pe.Excl || pe.Width || pe.IsSet || pe.Index != nil ||
		pe.Slice != nil || pe.Repl != nil || pe.Names != 0 || len(pe.Modifiers) > 0 {
		return errors.New("Bad substitution")
	}
	if isAt(pe) && q.quoted() {
		return x.atSign()
	}
	name := pe.Param.Value
	value, set := x.sh.param(name)
	if pe.Length {
		return x.out(strconv.Itoa(len(value)), q.piece())
	}
	if pe.Exp == nil {
		return x.out(value, q.piece())
	}
	switch pe.Exp.Op {
	case syntax.AlternateUnsetOrNull, syntax.DefaultUnsetOrNull, syntax.ErrorUnsetOrNull, syntax.AssignUnsetOrNull:
		set = set && value != ""
	}
	switch pe.Exp.Op {
	case syntax.AlternateUnset, syntax.AlternateUnsetOrNull:
		if !set {
			return nil
		}
		return x.alternative(pe.Exp.Word, q)
	case syntax.DefaultUnset, syntax.DefaultUnsetOrNull:
		if set {
			return x.out(value, q.piece())
		}
		return x.alternative(pe.Exp.Word, q)
	case syntax.ErrorUnset, syntax.ErrorUnsetOrNull:
		if set {
			return x.out(value, q.piece())
		}
		return x.sh.unsetError(name, pe.Exp.Word)
	case syntax.AssignUnset, syntax.AssignUnsetOrNull:
		if !set {
			var err error
			if value, err = x.sh.literal(pe.Exp.Word, unquoted); err != nil {
				return err
			}
			if !syntax.ValidName(name) {
				return errors.New(name + ": bad variable name")
			}
			if err := x.sh.set(name, value); err != nil {
				return err
			}
		}
		return x.out(value, q.piece())
	}
	return errors.New("Bad substitution")
}

// alternative expands the word of ${x:-word}, which is split if unquoted.
func (x *expander) alternative(word *syntax.Word, q quoting) error {
	if word == nil {
		return nil
	}
	if q == unquoted {
		q = inExpansion
	}
	return x.parts(word.Parts, q)
}

// An unsetError is that of ${x?word}.
type unsetError string

func (e unsetError) Error() string { return string(e) }

func (sh *shell) unsetError(name string, word *syntax.Word) error {
	text, err := sh.literal(word, unquoted)
	if err != nil {
		return err
	}
	if text == "" {
		text = "parameter not set"
	}
	return unsetError(name + ": " + text)
}

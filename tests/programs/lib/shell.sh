# What every shell must be able to do; the shells' tests read this file.

echo "== pipes"
echo one two three | tr ' ' '\n' | sort | head -n 2 | cat -n
seq 1 20000 | tail -n 1
(exit 3) | true; echo "status of a pipeline: $?"
yes | head -n 3
printf 'a\nb\nc\n' | while read -r line; do echo "<$line>"; done

echo "== subshells"
x=outer; (x=inner; echo "in: $x"); echo "out: $x"
echo "nested: $(echo "$(echo "$(echo deep)")")"
y=`echo back; exit 7`; echo "$y $?"
(trap 'echo leaving' EXIT; exit 5); echo "exit $?"

echo "== background and wait"
for i in 1 2 3 4 5; do (exit $i) & eval "p$i=$!"; done
for i in 1 2 3 4 5; do eval "wait \$p$i"; echo "child $i: $?"; done
sleep 0.05 & wait; echo "all done: $?"
{ (kill -KILL $(sh -c 'echo $PPID')); echo "killed: $?"; } 2>/dev/null
{ sleep 100 & kill $!; wait $!; echo "terminated: $?"; } 2>/dev/null

echo "== traps"
trap 'echo caught USR1' USR1; kill -USR1 $$; trap - USR1
trap '' INT; kill -INT $$; sh -c 'kill -INT $$; echo "ignored across exec"'; trap - INT
trap 'echo child ended' USR2; (kill -USR2 $$) & wait $!; trap - USR2

echo "== here-documents"
name=Tine
cat <<END
Hello $name, $((6 * 7))
END
cat <<'END' | tr a-z A-Z
Hello $name
END
{ cat; echo; } <<END | wc -c
$(seq 1 20000)
END

echo "== redirections"
dir=/tmp/shell-test.$$
mkdir $dir && cd $dir
echo first >file; echo second >>file; cat <file
exec 3<file; read -r a <&3; read -r b <&3; exec 3<&-; echo "$b $a"
ls missing 2>/dev/null || echo "no such file: $?"
{ echo to-out; echo to-err >&2; } 2>&1 | sort
set -C; (echo x >file) 2>/dev/null || echo "noclobber holds"; set +C
for f in *; do echo "glob: $f"; done
ln -s file link; [ -L link ] && [ -f link ] && [ ! -d link ] && echo "tests of files"
cd / && rm -r $dir && [ ! -e $dir ] && echo removed

echo "== functions and loops"
fib() { if [ "$1" -lt 2 ]; then echo "$1"; else echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); fi; }
fib 7
n=0; while [ $n -lt 50 ]; do n=$((n + 1)); /bin/true || break; done; echo "ran true $n times"
case $(uname -s) in Linux) echo "uname: Linux";; esac
umask 027; umask; umask 022
(ulimit -n 20; ulimit -n)
exec echo "the end"

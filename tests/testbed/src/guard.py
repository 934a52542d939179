"""Runs MiniStack while standard input stays open, and leaves nothing behind: no process, no folder.

A test that is killed closes the pipe like one that ends, so nothing outlives it.
"""
import os
import shutil
import signal
import subprocess
import sys
import threading

modules, home = sys.argv[1:]
run = "import sys; sys.path.insert(0, sys.argv.pop(1)); from ministack.app import main; main()"
command = [sys.executable, "-c", run, modules]
server = subprocess.Popen(command, cwd=home, stdin=subprocess.DEVNULL, start_new_session=True)


def stop():
    """Ends the server and the functions it started, which are of its process group."""
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def watch():
    while os.read(0, 4096):
        pass
    stop()


threading.Thread(target=watch, daemon=True).start()
server.wait()
stop()
# A server that failed by itself leaves its log to whoever started it.
os.read(0, 1)
shutil.rmtree(home, ignore_errors=True)

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
# A change of a function's configuration stops the processes of every function of that name, also in other accounts. Tests share
# the emulator and name their functions alike, and an event whose process is stopped is lost: SNS makes a single attempt here.
run = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from ministack.services import lambda_svc

invalidate = lambda_svc.invalidate_worker


def invalidate_in_account(name, qualifier=None, account=None, region=None):
    invalidate(name, qualifier, account or lambda_svc.get_account_id(), region or lambda_svc.get_region())


lambda_svc.invalidate_worker = invalidate_in_account
from ministack.app import main

main()
"""
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

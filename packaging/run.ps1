# Set mmdesk up in .venv (once) and open the demo in the window.
#   powershell -ExecutionPolicy Bypass -File packaging\run.ps1              the demo
#   powershell -ExecutionPolicy Bypass -File packaging\run.ps1 COMMAND...   any mmdesk command, such as doctor
$ErrorActionPreference = "Stop"
$root = Split-Path -Parent $PSScriptRoot
$venv = Join-Path $root ".venv"
$python = Join-Path $venv "Scripts\python.exe"
$stampFile = Join-Path $venv "mmdesk.stamp"
$lock = Join-Path $PSScriptRoot "lock.txt"
$bootstrap = Join-Path $PSScriptRoot "bootstrap.txt"

function Find-Python {
    $check = "import struct, sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and struct.calcsize('P') == 8))"
    foreach ($candidate in @(@("py", "-3.13"), @("py", "-3.12"), @("py", "-3.11"), @("python"), @("python3"))) {
        if (-not (Get-Command $candidate[0] -ErrorAction SilentlyContinue)) { continue }
        $rest = @($candidate | Select-Object -Skip 1)
        try { & $candidate[0] @rest -c $check 2>$null } catch { continue }
        if ($LASTEXITCODE -eq 0) { return , $candidate }
    }
    Write-Host "mmdesk needs 64-bit Python 3.11, 3.12 or 3.13. Please install it from python.org, then run this again."
    exit 1
}

function Assert-Done($words) {
    if ($LASTEXITCODE -ne 0) { Write-Host $words; exit 1 }
}

function Install-Environment {
    $found = Find-Python
    $rest = @($found | Select-Object -Skip 1)
    Write-Host "Setting up mmdesk in .venv (once, some minutes)."
    & $found[0] @rest -m venv --clear $venv
    Assert-Done "The private environment could not be made in $venv."
    & $python -m pip install -q --disable-pip-version-check --require-hashes -r $bootstrap
    if ($LASTEXITCODE -eq 0) {
        if ($env:PIP_INDEX_URL -and -not $env:UV_DEFAULT_INDEX) { $env:UV_DEFAULT_INDEX = $env:PIP_INDEX_URL }
        & $python -m uv pip install --python $python --compile-bytecode --require-hashes -r $lock
    }
    if ($LASTEXITCODE -ne 0) {
        Write-Host "The fast installer could not do it; trying pip, which takes longer."
        & $python -m pip install -q --disable-pip-version-check --require-hashes -r $lock
        Assert-Done "The packages could not be installed. Check the connection to the package index, then run this again."
    }
    $site = & $python -c "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    # .pth files are read as UTF-8 first by Python 3.13 and in the system's encoding before it.
    & $python -c "import pathlib, sys; pathlib.Path(sys.argv[1], 'mmdesk-checkout.pth').write_text(sys.argv[2] + '\n', encoding='utf-8' if sys.version_info >= (3, 13) else 'locale')" $site $root
    & $python -m compileall -q (Join-Path $root "mmdesk")
}

$stamp = (Get-FileHash $lock).Hash + (Get-FileHash $bootstrap).Hash + (Get-FileHash $PSCommandPath).Hash + $root
if (-not ((Test-Path $python) -and (Test-Path $stampFile) -and ((Get-Content -Raw $stampFile) -eq $stamp))) {
    Install-Environment
    Set-Content -NoNewline -Path $stampFile -Value $stamp
}

if ($args.Count -gt 0) { & $python -m mmdesk @args } else { & $python -m mmdesk demo }
exit $LASTEXITCODE

# Build mmdesk for Windows: freeze, self-test, installer.
#   powershell -ExecutionPolicy Bypass -File packaging\windows\build.ps1 [-Flavour full|reader] [-Out dist]
# Needs Python 3.11 to 3.13 (64 bit) from python.org and NSIS 3 (makensis on the PATH or in Program Files).
# Signing: set MMDESK_SIGN_COMMAND to a command that signs the file named after it, such as
#   signtool sign /fd SHA256 /tr <your time stamp server> /td SHA256 /sha1 <certificate>
param([ValidateSet("full", "reader")][string]$Flavour = "full", [string]$Out = "dist")
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "..\..")

function Invoke-Checked([string]$Program, [string[]]$Words) {
    & $Program @Words
    if ($LASTEXITCODE -ne 0) { throw "$Program $($Words -join ' ') ended with $LASTEXITCODE" }
}

function Invoke-Signing([string]$File) {
    if (-not $env:MMDESK_SIGN_COMMAND) { return }
    cmd /c "$env:MMDESK_SIGN_COMMAND `"$File`""
    if ($LASTEXITCODE -ne 0) { throw "Signing $File ended with $LASTEXITCODE" }
}

$null = New-Item -ItemType Directory -Force $Out
$Out = (Resolve-Path $Out).Path
$venv = Join-Path $Out "venv"
$python = Join-Path $venv "Scripts\python.exe"
if (-not (Test-Path $python)) {
    Invoke-Checked "py" @("-3", "-m", "venv", $venv)
    Invoke-Checked $python @("-m", "pip", "install", "-q", "--require-hashes", "-r", "packaging\lock-package.txt")
}
$frozen = Join-Path $Out $Flavour
Invoke-Checked $python @("packaging\pyinstaller\freeze.py", "--flavour", $Flavour, "--out", $frozen)
$program = Join-Path $frozen "mmdesk"
Invoke-Signing (Join-Path $program "mmdesk.exe")
Invoke-Signing (Join-Path $program "mmdesk-cli.exe")

# The program tries itself where paths are long and not ASCII, as the folders of many people are.
$place = Join-Path $env:TEMP "Jörg Ångström 目"
$null = New-Item -ItemType Directory -Force $place
$env:TEMP = $place
$env:TMP = $place
Invoke-Checked (Join-Path $program "mmdesk-cli.exe") @("--selftest", (Join-Path $Out "selftest-$Flavour.json"))

$makensis = (Get-Command makensis -ErrorAction SilentlyContinue).Source
if (-not $makensis) { $makensis = Join-Path ${env:ProgramFiles(x86)} "NSIS\makensis.exe" }
if (-not (Test-Path $makensis)) { throw "makensis is not here: install NSIS 3, then run this again." }
$version = (Select-String -Path mmdesk\__init__.py -Pattern '__version__ = "(.+)"').Matches[0].Groups[1].Value
$packages = Join-Path $Out "packages"
$null = New-Item -ItemType Directory -Force $packages
$suffix = if ($Flavour -eq "full") { "" } else { "-reader" }
$setup = Join-Path $packages "mmdesk$suffix-$version-windows-x64-setup.exe"
$kilobytes = [int]((Get-ChildItem $program -Recurse -File | Measure-Object Length -Sum).Sum / 1KB)
Invoke-Checked $makensis @("/V2", "/WX", "/INPUTCHARSET", "UTF8", "/DVERSION=$version", "/DPROGRAM=$program",
    "/DSETUP=$setup", "/DSIZE_KB=$kilobytes", "packaging\windows\mmdesk.nsi")
Invoke-Signing $setup
$hash = (Get-FileHash $setup -Algorithm SHA256).Hash.ToLower()
"$hash  $(Split-Path $setup -Leaf)" | Out-File -Encoding ascii "$setup.sha256"
Write-Host $setup

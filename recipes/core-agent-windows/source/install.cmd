@echo off
rem SPDX-License-Identifier: GPL-2.0-or-later
rem Installs the agents of a Windows domain from the directory that this file is in, for all users; as an administrator:
rem     install.cmd [DIRECTORY]     by default "%ProgramFiles%\Qubes"; an earlier installation is replaced
rem     install.cmd /remove
setlocal
set "run=HKLM\Software\Microsoft\Windows\CurrentVersion\Run"
set "service=QubesQrexecAgent"
set "target=%ProgramFiles%\Qubes"
if /i "%~1"=="/remove" goto remove
if not "%~1"=="" set "target=%~1"

reg add HKLM\Software\Qubes /v InstallDir /d "%target%" /f >nul
if errorlevel 1 goto denied
call :stop
xcopy "%~dp0bin" "%target%\bin\" /e /i /y /q >nul
if errorlevel 1 goto failed
xcopy "%~dp0qubes-rpc" "%target%\qubes-rpc\" /e /i /y /q >nul
if errorlevel 1 goto failed
sc create %service% binPath= "\"%target%\bin\qrexec-agent.exe\"" start= auto DisplayName= "Qubes qrexec agent" >nul
if errorlevel 1 goto failed
sc failure %service% reset= 86400 actions= restart/1000/restart/5000/restart/60000 >nul
if not exist "%target%\bin\qubes-gui-agent.exe" goto start
reg add "%run%" /v QubesGuiAgent /d "\"%target%\bin\qubes-gui-agent.exe\"" /f >nul
if errorlevel 1 goto failed
:start
sc start %service% >nul
if errorlevel 1 goto idle
echo Installed in %target%. The windows of this domain are shown from the next logon on.
exit /b 0

:remove
set "target="
for /f "tokens=2,*" %%a in ('reg query HKLM\Software\Qubes /v InstallDir') do set "target=%%b"
if "%target%"=="" goto denied
reg delete HKLM\Software\Qubes /v InstallDir /f >nul
if errorlevel 1 goto denied
call :stop
reg delete "%run%" /v QubesGuiAgent /f >nul 2>nul
rmdir /s /q "%target%\bin"
rmdir /s /q "%target%\qubes-rpc"
rmdir "%target%" 2>nul
echo Removed from %target%. What other domains have sent stays in "%ProgramData%\Qubes".
exit /b 0

rem The service's program ends a moment after the service has, and cannot be replaced before.
:stop
sc stop %service% >nul 2>nul
if not errorlevel 1 ping -n 4 127.0.0.1 >nul
sc delete %service% >nul 2>nul
exit /b 0

:denied
echo install.cmd: not installed, or not allowed: run it as an administrator 1>&2
exit /b 1

:failed
echo install.cmd: not everything is in %target% 1>&2
exit /b 1

:idle
echo install.cmd: all is installed, but the service %service% does not start 1>&2
exit /b 1

-- Runs the scenarios in the Neovim that runs this: `nvim -l driver.lua RESULTS [PATTERN]`.
-- Each is said on a line of its own, and added to RESULTS as `pass …` or `fail …`.

local here = vim.env.FIRESTEEL_TESTS .. '/neovim/'
package.path = here .. '?.lua;' .. package.path

local Editor = require('editor')
local results, pattern = arg[1], arg[2] or ''
local version = tostring(vim.version()):match('^[%d.]+')
local prefix = ('neovim %s %s'):format(version, vim.env.FIRESTEEL_GHOST_TEXT or 'auto')

local function report(verdict, name, detail)
  local file = assert(io.open(results, 'a'))
  file:write(verdict, ' ', name, '\n')
  file:close()
  print(('%s %s%s'):format(verdict, name, detail))
end

local function run(scenario)
  local editor = Editor.open(scenario.file, scenario.model)
  local ok, problem = xpcall(scenario.run, function(problem)
    return type(problem) == 'string' and problem or vim.inspect(problem)
  end, editor)
  local closed, not_closed = pcall(editor.close, editor)
  return ok and closed, problem or not_closed
end

local function main()
  for _, scenario in ipairs(require('scenarios')) do
    local name = ('%s: %s'):format(prefix, scenario.name)
    if name:find(pattern) then
      local start = vim.uv.hrtime()
      local called, ok, problem = pcall(run, scenario)
      local passed = called and ok
      local seconds = (' (%.1f s)'):format((vim.uv.hrtime() - start) / 1e9)
      report(passed and 'pass' or 'fail', name, seconds .. (passed and '' or '\n' .. tostring(called and problem or ok)))
    end
  end
end

main()
